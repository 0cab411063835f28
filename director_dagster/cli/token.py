"""`director token`: who may sign in to the library, and as what."""

from typing import TYPE_CHECKING

import click

from director_dagster.cli.home import ask, json_option, put, say, table, workspace_option
from director_dagster.settings import user

if TYPE_CHECKING:
    from director_dagster.catalog.tables import Role


@click.group("token")
def command() -> None:
    """Make, list and revoke the tokens by which members sign in to the library."""


@command.command("add")
@click.argument("name")
@click.option(
    "--role",
    default="viewer",
    show_default=True,
    type=click.Choice(["viewer", "artist", "producer", "operator"]),
    help="viewer looks; artist also chooses, tags and deletes; producer also spends, purges and sets budgets; operator "
    "also sees Dagster's page, with the runs of all workspaces.",
)
@workspace_option
@json_option
def add(name: str, role: "Role", workspace: str, *, as_json: bool) -> None:
    """Let NAME sign in to a workspace, and print their token: it is shown this once and kept nowhere."""
    from director_dagster.catalog.queries import members

    member, token = ask(
        lambda db, workspace_id: members.add(db, workspace_id=workspace_id, name=name, role=role, added_by=user()),
        workspace=workspace,
    )
    if as_json:
        put([{"name": member.name, "role": member.role, "workspace": workspace, "token": token}])
    else:
        say(f"{member.name} is {member.role} of {workspace}; this token is shown once:")
        click.echo(token)


@command.command("list")
@workspace_option
@json_option
def list_(workspace: str, *, as_json: bool) -> None:
    """List who may sign in, and who could."""
    from director_dagster.catalog.queries import members

    rows = [
        {
            "name": member.name,
            "role": member.role,
            "added": f"{member.created_at:%Y-%m-%d}",
            "by": member.added_by,
            "revoked": member.revoked_at and f"{member.revoked_at:%Y-%m-%d}",
        }
        for member in ask(members.listed, workspace=workspace)
    ]
    if as_json:
        put(rows)
    elif rows:
        table(rows[0], (row.values() for row in rows))
    else:
        say("nobody yet: `director token add NAME --role artist`")


@command.command("revoke")
@click.argument("name")
@workspace_option
def revoke(name: str, workspace: str) -> None:
    """Let NAME sign in no more, from the next click on."""
    from director_dagster.catalog.queries import members

    member = ask(lambda db, workspace_id: members.revoke(db, workspace_id=workspace_id, name=name), workspace=workspace)
    say(f"{member.name} signs in no more")
