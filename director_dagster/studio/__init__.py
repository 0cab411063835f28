"""The studio's verbs: write, design, voice, board, shoot, score, edit; and the one gate through which they buy."""
