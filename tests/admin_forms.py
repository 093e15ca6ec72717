"""What the forms of the admin hold, and what people send who change nothing else."""

from tests.pages import elements


def organisation_facts(organisation, **changes):
    return {
        "region": organisation.region_id,
        "kind": organisation.kind,
        "name": organisation.name,
        "short_name": organisation.short_name,
        "slug": organisation.slug,
        "aliases-TOTAL_FORMS": 0,
        "aliases-INITIAL_FORMS": 0,
    } | changes


def sent_parts(name, parent, *typed):
    """What a page sends of the parts of a row as it had them before it: pairs of a part and what
    was typed."""
    sent = {f"{name}-TOTAL_FORMS": len(typed), f"{name}-INITIAL_FORMS": len(typed)}
    for n, (pk, values) in enumerate(typed):
        facts = {"id": pk, parent._meta.model_name: parent.pk} | values
        sent |= {f"{name}-{n}-{field}": value for field, value in facts.items()}
    return sent


def boxes(page):
    """What stands in the boxes of a page."""
    return {
        box.attributes.get("name"): box.attributes.get("value", "")
        for box in elements(page, "input")
    }


def account_facts(user, **changes):
    """What a superuser sends who saves an account's page as it stands."""
    memberships = list(user.memberships.all())
    counts = {
        "memberships-TOTAL_FORMS": len(memberships),
        "memberships-INITIAL_FORMS": len(memberships),
    }
    held = {
        f"memberships-{n}-{name}": value
        for n, membership in enumerate(memberships)
        for name, value in {
            "id": membership.pk,
            "user": user.pk,
            "role": membership.role,
            "organisation": membership.organisation_id or "",
            "starts_on": membership.starts_on,
        }.items()
    }
    switches = {name: "on" for name in ("is_active", "is_superuser") if getattr(user, name)}
    return {"username": user.username} | switches | counts | held | changes
