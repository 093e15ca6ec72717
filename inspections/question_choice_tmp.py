"""The question whose grades a page shows, as its address chooses it."""

from functools import cached_property

from lib.parameters import printable
from lib.sentences import lower_first

from .models import Question

PARAMETERS = ("programme", "question")


class QuestionChoice:
    """The graded question that an address chooses by its programme and its slug.

    Where it chooses none, that is the headline question; where it chooses a programme alone, the
    first of that. `question` is None only where nothing is graded yet. `errors` are sentences about
    values that cannot be read.
    """

    def __init__(self, params, at):
        self.errors = []
        self.questions = list(Question.objects.to_choose(at))
        self.default = next(
            (question for question in self.questions if question.is_headline),
            next(iter(self.questions), None),
        )
        programme, question = (self._single(params, name) for name in PARAMETERS)
        self.question = self._read(programme, question) or self.default

    def _single(self, params, name):
        values = params.getlist(name)
        if len(values) > 1:
            self.errors.append(f"“{name}” is given more than once.")
        return values[-1] if values else ""

    def _read(self, programme, question):
        asked = self.questions
        if programme:
            asked = [row for row in asked if row.programme.slug == programme]
            if not asked:
                self.errors.append(f"There is no programme “{printable(programme)}”.")
                return None
        elif question:
            asked = [row for row in asked if row.programme_id == self.default.programme_id]
        else:
            return None
        found = [row for row in asked if row.slug == question] if question else asked
        if not found:
            self.errors.append(f"This programme has no graded question “{printable(question)}”.")
            return None
        headline = [row for row in found if row.is_headline]
        return (headline or found)[0]

    @property
    def is_default(self):
        return self.question == self.default

    @property
    def programme(self):
        return self.question and self.question.programme

    @property
    def words(self):
        """The question as it goes on in a sentence, with its programme if that is not the usual."""
        words = lower_first(self.question.name)
        return words if self.is_default else f"{words} ({self.programme})"

    @property
    def chosen(self):
        """The question for a queryset: None for the headline one."""
        return None if self.is_default else self.question

    @property
    def chosen_programme(self):
        """The programme for a queryset: None for that of the headline question."""
        return None if self.is_default else self.programme

    @property
    def scope(self):
        """The parameters of a list with the same grades; none for the headline question."""
        if self.is_default:
            return {}
        return {"programme": self.programme.slug, "question": self.question.slug}

    @cached_property
    def programmes(self):
        """The programmes that could be chosen, the newest first."""
        return list(dict.fromkeys(question.programme for question in self.questions))

    @property
    def siblings(self):
        """The graded questions of the programme, in its order."""
        return [row for row in self.questions if row.programme_id == self.question.programme_id]
