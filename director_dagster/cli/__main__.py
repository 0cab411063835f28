"""`python -m director_dagster.cli`: the command, where its script is not on the path."""

from director_dagster.cli import main

if __name__ == "__main__":
    main()
