"""A Panel application that shows who is there."""

import panel as pn

known = pn.state.user_info or {}
lines = [f"user: {pn.state.user}"] + [
    f"{claim}: {known.get(claim)}" for claim in ("name", "email", "sub", "groups")
]
pn.Column(*(pn.pane.Str(line) for line in lines)).servable()
