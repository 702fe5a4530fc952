//! Adds people and changes what is known about them.

use crate::app::App;
use crate::audit::Origin;
use crate::clock::Timestamp;
use crate::error::{Code, Error};
use crate::random::Random;
use crate::store::{Profile, Store, User};

impl User {
    /// Somebody new. A `sub` says nothing about the person and outlives every
    /// name.
    ///
    /// # Errors
    /// `server_error` without randomness.
    pub fn new(name: &str, random: &Random, now: Timestamp) -> Result<Self, Error> {
        Ok(Self {
            sub: random.uuid_v4()?.to_string(),
            username: name.trim().to_owned(),
            email: None,
            email_verified: false,
            password: None,
            profile: Profile::default(),
            groups: Vec::new(),
            roles: Vec::new(),
            admin: false,
            enabled: true,
            created_at: now,
            updated_at: now,
        })
    }

    /// The person with this `sub`, name or e-mail address.
    ///
    /// # Errors
    /// `not_found`, `temporarily_unavailable` when the store is out of reach.
    pub async fn find(store: &Store, name: &str) -> Result<Self, Error> {
        // First by `sub`, or one could stand before another by a choice of name.
        let found = match store.user(name).await? {
            Some(user) => Some(user),
            None => store.user_by_login(name).await?,
        };
        found.ok_or_else(|| Error::not_found(format!("there is no user {name:?}")))
    }

    /// Forgets that an address or a number was proven to be theirs when it is
    /// another one than `before`, unless it was `said` of the new one.
    pub fn keep_proofs(&mut self, before: &Self, said: impl Fn(&str) -> bool) {
        if self.email != before.email && !said("email_verified") {
            self.email_verified = false;
        }
        self.email_verified &= self.email.is_some();
        let number = &self.profile.phone_number;
        if *number != before.profile.phone_number && !said("phone_number_verified") {
            self.profile.phone_number_verified = None;
        }
        if number.is_none() {
            self.profile.phone_number_verified = None;
        }
    }
}

/// Who changes people, and what it takes.
#[derive(Debug)]
pub struct People<'a> {
    /// Where they are kept.
    pub store: &'a Store,
    /// In whose name.
    pub by: Origin,
}

impl<'a> People<'a> {
    /// On a running server.
    pub fn of(app: &'a App, by: Origin) -> Self {
        Self { store: &app.store, by }
    }

    /// Adds a person.
    ///
    /// # Errors
    /// `already_exists` when the name or address is taken, `invalid_request` for
    /// what cannot be said of a person.
    pub async fn create(&self, user: &User) -> Result<(), Error> {
        user.check()?;
        if self.store.create_user(user, &self.by).await? { Ok(()) } else { Err(taken(user)) }
    }

    /// Changes a person.
    ///
    /// # Errors
    /// As [`People::create`].
    pub async fn update(&self, user: &User) -> Result<(), Error> {
        user.check()?;
        if self.store.update_user(user, &self.by).await? { Ok(()) } else { Err(taken(user)) }
    }
}

fn taken(user: &User) -> Error {
    let email = user.email.as_deref().map(|email| format!(" or the address {email:?}")).unwrap_or_default();
    Error::new(Code::AlreadyExists, format!("the name {:?}{email} is in use", user.username))
}
