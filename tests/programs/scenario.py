"""What must hold of every program that signs people in at Porteiro."""

from typing import Protocol

from person import Person


class Program(Protocol):
    """A running program, as a person meets it."""

    def enter(self, person: Person) -> None:
        """Goes to the program and asks to sign in, where it has a button for that."""

    def is_refused(self, person: Person) -> None:
        """Shows that the person, or the provider, said no."""

    def knows(self, person: Person) -> None:
        """Shows what it learnt about the person."""

    def leave(self, person: Person) -> None:
        """Signs out of the program and of Porteiro."""

    def is_left(self, person: Person) -> None:
        """Shows that nobody is signed in to it."""


class SignIn:
    """Inherited by the tests of each program."""

    def test_a_wrong_password_stays_on_the_login_page(self, program, person):
        program.enter(person)
        person.log_in("a wrong guess")
        person.at("/login")
        person.log_in("another one")
        person.at("/login")
        person.log_in()
        person.at("/consent")

    def test_deny_arrives_as_access_denied(self, program, person):
        program.enter(person)
        person.log_in()
        person.deny()
        program.is_refused(person)

    def test_allow_brings_who_it_is(self, program, person):
        program.enter(person)
        person.log_in()
        person.allow()
        program.knows(person)

    def test_the_second_program_asks_for_no_password(self, program, person, other_program):
        other_program.enter(person)
        person.log_in()
        person.allow()
        other_program.knows(person)
        program.enter(person)
        person.allow()
        program.knows(person)

    def test_logout_ends_both_sessions(self, program, person):
        program.enter(person)
        person.log_in()
        person.allow()
        program.knows(person)
        program.leave(person)
        program.is_left(person)
        program.enter(person)
        person.at("/login")

    def test_new_signing_keys_are_accepted(self, program, person, provider):
        program.enter(person)
        person.log_in()
        person.allow()
        program.knows(person)
        provider.rotate_keys()
        person.forget_everything()
        program.enter(person)
        person.log_in()
        program.knows(person)
