//! The flags of `user create` and `user update`, and what they change.

use clap::Args;

use super::profile::ProfileFlags;
use crate::cli::Failure;
use crate::store::User;

/// What is known about a person. A flag that may be repeated replaces the
/// whole list; an empty value removes.
#[derive(Args, Clone, Debug, Default)]
pub struct Flags {
    /// E-mail address; may be typed instead of the name
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,
    /// Somebody made sure that the address is theirs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    email_verified: Option<bool>,
    #[command(flatten)]
    profile: ProfileFlags,
    /// Group that they are in
    #[arg(long, value_name = "GROUP")]
    group: Option<Vec<String>>,
    /// Role that they have
    #[arg(long, value_name = "ROLE")]
    role: Option<Vec<String>>,
    /// They may administer this server
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    admin: Option<bool>,
}

impl Flags {
    /// Changes what was given and leaves the rest.
    ///
    /// # Errors
    /// Exit code 2 when an address cannot be read.
    pub fn apply(&self, user: &mut User) -> Result<(), Failure> {
        let before = user.clone();
        if let Some(email) = &self.email {
            user.email = Some(email.trim().to_owned()).filter(|email| !email.is_empty());
        }
        user.email_verified = self.email_verified.unwrap_or(user.email_verified);
        user.admin = self.admin.unwrap_or(user.admin);
        self.profile.apply(&mut user.profile)?;
        replace(&mut user.groups, self.group.as_deref());
        replace(&mut user.roles, self.role.as_deref());
        user.keep_proofs(&before, |name| match name {
            "email_verified" => self.email_verified.is_some(),
            _ => self.profile.says_verified(),
        });
        Ok(())
    }
}

fn replace(own: &mut Vec<String>, given: Option<&[String]>) {
    let Some(given) = given else { return };
    own.clear();
    for item in given.iter().map(|item| item.trim()) {
        if !item.is_empty() && !own.iter().any(|known| known == item) {
            own.push(item.to_owned());
        }
    }
}
