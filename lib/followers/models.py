"""Followers: mail addresses, which nobody reads in the database, and what each follows.

None of this is audited: who leaves is deleted, and no history keeps them.
"""

from datetime import datetime, timedelta
from typing import Self

from django.db import models, transaction
from django.utils.encoding import punycode

from lib.encryption import decrypt, encrypt, keyed_hashes

ENCRYPTED = "address of a follower"
FOUND_BY = "finding the address of a follower"
CONFIRM_WITHIN = timedelta(days=7)
# To an address that has not confirmed anything, and may be a stranger's.
ASK_EVERY = timedelta(hours=1)
MOST_UNANSWERED = 3
MOST_WAITING = 20


def in_ascii(email: str) -> str:
    """A mail address as mail servers write it: its domain in ASCII and lower case."""
    name, _, domain = email.rpartition("@")
    return f"{name}@{punycode(domain).lower()}"


def hashes_of(email: str) -> list[str]:
    """What a follower's address is found by, in upper or lower case."""
    return keyed_hashes(in_ascii(email).lower(), FOUND_BY)


class FollowerQuerySet(models.QuerySet):
    """Followers."""

    def at_address(self, email: str) -> Self:
        """The one with a mail address, if there is one."""
        return self.filter(address_hash__in=hashes_of(email))

    def confirmed(self) -> Self:
        """Those who have confirmed that they follow something."""
        return self.filter(pk__in=Following.objects.confirmed().values("follower"))

    def ask(self, email: str, address: str, at: datetime) -> "Follower | None":
        """Note that somebody wants to follow a page; returns whom to send a link to confirm it.

        None where they follow it already, or where their address had a mail within the hour, or
        several that nobody answered.
        """
        with transaction.atomic():
            # Two at once: the second one waits for the first, and finds its row.
            new = {"encrypted_address": encrypt(in_ascii(email), ENCRYPTED), "asked_at": None}
            if not self.at_address(email).exists():
                self.bulk_create(
                    [self.model(address_hash=hashes_of(email)[0], **new)], ignore_conflicts=True
                )
            follower = self.at_address(email).select_for_update().order_by("pk")[0]
            own = Following.objects.filter(follower=follower)
            if own.confirmed().filter(address=address).exists():
                return None
            if own.waiting().exclude(address=address).count() < MOST_WAITING:
                own.update_or_create(follower=follower, address=address, defaults={"asked_at": at})
            is_early = follower.asked_at and at - follower.asked_at < ASK_EVERY
            if is_early or follower.unanswered >= MOST_UNANSWERED:
                return None
            follower.asked_at = at
            follower.unanswered += 1
            follower.save(update_fields=["asked_at", "unanswered"])
        return follower

    def forget_unconfirmed(self, at: datetime) -> int:
        """Delete what nobody confirmed within a week; returns how many addresses went with it."""
        Following.objects.waiting().filter(asked_at__lte=at - CONFIRM_WITHIN).delete()
        old = self.filter(asked_at__lte=at - CONFIRM_WITHIN)
        old.update(unanswered=0)
        _, rows = old.exclude(pk__in=Following.objects.values("follower")).delete()
        return rows.get(Follower._meta.label, 0)


class Follower(models.Model):
    """A mail address that gets mail when pages change, or was asked whether it wants to.

    `asked_at` is when it last got a link to confirm, `unanswered` how many of these led to nothing,
    and `mailed_at` the moment up to which its last mail told what changed.
    """

    address_hash = models.CharField(max_length=64, unique=True)
    encrypted_address = models.TextField()
    asked_at = models.DateTimeField(null=True)
    unanswered = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)

    objects = FollowerQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"follower {self.pk}"

    @property
    def email(self) -> str:
        """The mail address; raises `InvalidToken` if it was encrypted with a key that is lost."""
        return decrypt(self.encrypted_address, ENCRYPTED)

    def confirm(self, followings: list[int], at: datetime) -> None:
        """Begin to send mail about these."""
        with transaction.atomic():
            self.followings.waiting().filter(pk__in=followings).update(confirmed_at=at)
            Follower.objects.filter(pk=self.pk).update(unanswered=0)

    def leave(self, followings: list[int] | None = None) -> None:
        """End these, or all; without anything left to follow, the address goes too."""
        with transaction.atomic():
            # Nothing is added meanwhile, and who has left already need not leave.
            if not Follower.objects.select_for_update().filter(pk=self.pk).first():
                return
            ended = self.followings.all()
            (ended if followings is None else ended.filter(pk__in=followings)).delete()
            if not self.followings.exists():
                self.delete()


class FollowingQuerySet(models.QuerySet):
    """What is followed."""

    def confirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=False)

    def waiting(self) -> Self:
        """Those that nobody has confirmed."""
        return self.filter(confirmed_at__isnull=True)


class Following(models.Model):
    """A page that somebody follows, by its address within the site."""

    follower = models.ForeignKey(Follower, models.CASCADE, related_name="followings")
    address = models.CharField(max_length=2_000)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    objects = FollowingQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["follower", "address"], name="follower_follows_a_page_once"
            )
        ]

    def __str__(self) -> str:
        return self.address

    def told_up_to(self) -> datetime:
        """The moment up to which its follower knows what changed."""
        return max(filter(None, [self.confirmed_at, self.follower.mailed_at]))


class KnownChange(models.Model):
    """A change or a row that the site has shown, and since when: so that it is told once, however
    late it was entered."""

    key = models.TextField(primary_key=True)
    known_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class Run(models.Model):
    """A run that noted which changes are known, and the moment up to which it looked."""

    ran_at = models.DateTimeField(unique=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.ran_at:%-d %B %Y, %H:%M}"
