"""What rows of findings and actions come to, in a sentence."""

from forces.sentences import counted, listed, number, opened

MOST_NAMED = 3


def share(part, whole, noun):
    """A part of a whole: "eight of 25 findings", "none of two actions", "all three plans"."""
    if part == whole:
        return f"all {counted(whole, noun)}" if whole > 1 else f"the only {noun}"
    return f"{number(part) if part else 'none'} of {counted(whole, noun)}"


def balance(counts):
    """Which way the findings on a theme lean."""
    if counts.positive == counts.negative:
        return "for better and worse alike"
    if not counts.negative:
        return "always for better"
    if not counts.positive:
        return "always for worse"
    return f"more often for {'better' if counts.positive > counts.negative else 'worse'}"


def findings_by_theme(rows, total):
    """Which theme is raised most, of all the findings."""
    if not total:
        return "No finding is recorded."
    if not rows:
        return f"No theme is recorded for {share(total, total, 'finding')}."
    most = rows[0].counts.total
    top = [row for row in rows if row.counts.total == most]
    if len(rows) == 1:
        return f"{rows[0].theme.name} is the only theme raised, by {share(most, total, 'finding')}."
    if len(top) == 1:
        return (
            f"{top[0].theme.name} is the theme raised most, {balance(top[0].counts)}: {share(most, total, 'finding')}."
        )
    names = f": {'; '.join(row.theme.name for row in top)}" if len(top) <= MOST_NAMED else ""
    return f"{opened(number(len(top)))} themes are raised most, by {share(most, total, 'finding')} each{names}."


def theme_by_body(matrix):
    """Which body is named on most themes; the region as a whole is no body."""
    bodies = matrix.columns[1:]
    reach = [sum(cell.count > 0 for cell in cells) for cells in zip(*(row.cells[1:] for row in matrix.rows))]
    most = max(reach, default=0)
    if not most:
        return "No finding on a theme names a body."
    top = [body.short_name for body, themes in zip(bodies, reach, strict=True) if themes == most]
    of = share(most, len(matrix.rows), "theme")
    if len(top) == len(bodies) > 1:
        return f"Every body is named on as many themes as the next: {of}."
    if len(top) > MOST_NAMED:
        return f"{opened(counted(len(top), 'body', 'bodies'))} are named on most themes, each on {of}."
    if len(top) > 1:
        return f"{listed(top)} are named on most themes, each on {of}."
    return f"{top[0]} is named on most themes: {of}."


def actions_by_status(rows):
    """How much of what they planned the bodies say they have done."""
    if not rows:
        return "No action is recorded."
    complete, total = sum(row.complete for row in rows), sum(row.total for row in rows)
    bodies = {row.organisation.short_name for row in rows}
    says = f"{bodies.pop()} says" if len(bodies) == 1 else "The bodies say"
    if total == 1:
        return f"{says} that the only action is {'' if complete else 'not yet '}complete."
    verb = "is" if complete == 1 else "are"
    return f"{says} that {share(complete, total, 'action')} {verb} complete."
