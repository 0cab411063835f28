"""Plots of the template writer: small screenplays with places to fill; data of the story grammar.

``{name}`` is filled with what the idea gives; ``<this|or this>`` is chosen by the seed. Each plot has a beginning,
a turn and an end, and is spoken by the hero, the friend and the one who was lost.
"""

MESSAGE = """
{home}

{opening} {HERO} ({age}), {role}, {hero_looks}, {works}.

{She} {does}.

INSERT - THE {THING}: "<I never left. Come to the {far_word}.|
Ask the one who brings you bread. Then come to the {far_word}.|I have waited long enough. The {far_word}, by morning.>"

{HERO}
(whispers)
{Lost}.

{talk} - DUSK

{FRIEND} ({friend_age}), {friend_looks}, puts two cups on the table. {Hero} stands at the window with the {thing}.

{FRIEND}
{Lost} has been gone for <seven|nine|eleven> years.

{HERO}
Then this {thing} has been a long time on its way.

{FRIEND}
(beat)
And if it is better not to know?

{HERO}
Better for whom?

{way}

{Hero} walks alone, small under the sky. {She} holds the {thing} against {her} coat.

{LOST} (V.O.)
<You will be angry first. You always were. Come anyway.|
Don't bring a lamp. You know the way better than you think.|
I wrote to you every winter. I only ever stopped at the last word.>

{far} - DAWN - FOG

A box stands on the ground. {Hero} kneels down and opens it. Inside lie letters, none ever opened.

Behind {her}, {Friend} comes out of the fog.

{FRIEND}
One came every year. I kept them from you.

{HERO}
You read them?

{FRIEND}
Never. I was afraid that they were kind.

Silence.

DISSOLVE TO:

{end} - DAY

{Hero} and {Friend} sit side by side. The box stands open between them.

{FRIEND}
Which one first?

{HERO}
<The oldest. And you read it. Out loud.|The first one. We have the whole day.|Begin where you stopped me.>

{LOST} (V.O.)
<My dear {Hero}. It is snowing here, and I am well.|My dear {Hero}. I hope you are not alone when you read this.>

FADE OUT.
"""

KEEPSAKE = """
{home}

{opening} {HERO} ({age}), {role}, {hero_looks}, {works}.

{She} {does}.

CLOSE ON: the {thing}.

{HERO}
<Somebody will be missing you.|Well. Where did you come from?|You are a long way from home.>

{talk} - DUSK

{FRIEND} ({friend_age}), {friend_looks}, sits at the table. {Hero} puts the {thing} down between them.

{FRIEND}
Where did you get that {thing}?

{HERO}
It was <there|lying there>, as if it had been waiting.

{FRIEND}
(whispers)
That is {Lost}'s. Put it back.

{HERO}
Nobody ever says that name here.

{FRIEND}
(beat)
No. We don't.

{way}

{Hero} walks alone, a lantern in {her} hand. {She} stops. Somebody is standing there.

{LOST} ({lost_age}), {lost_looks}, does not move.

{LOST}
You have something of mine.

{HERO}
They told me you were dead.

{LOST}
<I told them to.|It was easier for everyone.>

{far} - DAWN - FOG

{Hero} and {Lost} come in slowly. {Friend} turns round.

Silence.

{FRIEND}
<Eight|Twelve|Twenty> years. Not one word.

{LOST}
I left the {thing} behind, so that you would not wait.

{FRIEND}
I waited!

DISSOLVE TO:

{end} - DAY

{Friend} and {Lost} stand side by side and do not speak. {Hero} comes to them and holds out the {thing}.

{LOST}
Keep it. It found the right one.

{HERO}
It isn't mine.

{LOST}
<No. But you brought it home.|Neither was it mine. That is how it goes from hand to hand.>

FADE OUT.
"""

DEED = """
{home}

{opening} {HERO} ({age}), {role}, {hero_looks}, {works}.

{She} {does}.

{FRIEND} ({friend_age}), {friend_looks}, watches from a distance.

{FRIEND}
{Whole}. People will laugh.

{HERO}
Let them.

{FRIEND}
<And if it never works?|And when they have laughed enough?>

{HERO}
<Then at least I was there.|Then they will come closer, to see.>

{talk} - DUSK

{Hero} sits at the table, {her} head in {her} hands. {Friend} brings a candle.

{FRIEND}
You have tried three times.

{HERO}
Four.

{FRIEND}
(beat)
Why is it so important to you?

{HERO}
(whispers)
Because {Lost} said that I never would.

{way}

{Hero} is out alone. There is nobody to see it. {She} begins again.

{LOST} (V.O.)
<Some people are made for it, {Hero}. You are not one of them.|You will come back before it is dark. You always do.>

{Hero} looks up. {She} does not stop.

{far} - DAWN - FOG

{LOST} ({lost_age}), {lost_looks}, comes out of the fog and stops.

{LOST}
I heard it from the road and did not believe it. Who did this?

{FRIEND}
You know who.

Silence.

{LOST}
<I was wrong, then.|All night? In this?>

{FRIEND}
Don't tell me. Tell {her}!

DISSOLVE TO:

{end} - DAY

{Hero} stands in the light, tired. {Lost} comes nearer.

{LOST}
{Whole}.

{HERO}
Say it once more.

{LOST}
<I would not have missed it.|I should have said it the first time.>

FADE OUT.
"""

SEARCH = """
{home}

{opening} {HERO} ({age}), {role}, {hero_looks}, {works}.

{She} {does}.

{HERO}
It was here. It was always here.

{talk} - DUSK

{FRIEND} ({friend_age}), {friend_looks}, sits at the table. {Hero} walks up and down.

{FRIEND}
How long have you been looking?

{HERO}
Since it was gone. I have turned every stone from here to the road.

{FRIEND}
(beat)
And if that {thing} does not want to be found?

{HERO}
(whispers)
Then it can tell me so itself.

{way}

{Hero} walks alone, a lantern in {her} hand. {She} stops. Somebody is standing there.

{LOST} ({lost_age}), {lost_looks}, does not move.

{LOST}
You are looking in the wrong place.

{HERO}
How would you know?

{LOST}
<I looked there too. For half of my life.|Because everybody begins here.>

{far} - DAWN - FOG

{Friend} waits. {Hero} comes slowly out of the fog.

CLOSE ON: the {thing}, in an open hand.

{HERO}
You?

{FRIEND}
You looked at it every day.
(beat)
You never looked at us.

Silence.

DISSOLVE TO:

{end} - DAY

{Hero} and {Friend} sit side by side. The {thing} lies between them.

{FRIEND}
Well? Take it!

{HERO}
<It can wait.|In a moment.>

{FRIEND}
You don't even look at it. What are you looking at?

{HERO}
<You.|What I missed.>

FADE OUT.
"""

MEETING = """
{home}

{opening} {HERO} ({age}), {role}, {hero_looks}, {works}.

{FRIEND} ({friend_age}), {friend_looks}, stands a little way off.

{She} {does}.

{HERO}
You are not from here.

{FRIEND}
<No. I only wanted to see who is.|No. But I have been here longer than you think.>

{talk} - DUSK

{LOST} ({lost_age}), {lost_looks}, pushes a cup across the table. {Hero} looks out of the window.

{LOST}
They have seen you together. You and {other}.

{HERO}
We talked.

{LOST}
Nobody talks to {other}.

{HERO}
(beat)
Nobody ever tried.

{way}

{Hero} is out alone, and lost. {She} turns round. The path is gone.

{HERO}
(shouts)
Is anybody there?

{FRIEND} (O.S.)
Here. Walk towards my voice.

{far} - DAWN - FOG

{Hero} and {Friend} stand face to face.

{FRIEND}
From here you know the way. I have to go on.

{HERO}
(whispers)
Will you come back?

{FRIEND}
<Ask me when I do.|You will hear me before you see me.>

Silence.

{Friend} walks away, into the fog.

DISSOLVE TO:

{end} - DAY

{Hero} and {Lost} sit side by side.

{LOST}
And? What was it all about?

{HERO}
About being asked.

{LOST}
Asked what?

{HERO}
<How it has been. So: how has it been, {Lost}?|What one is waiting for. What are you waiting for, {Lost}?>

{LOST}
<Long.|This, I think.>

FADE OUT.
"""
