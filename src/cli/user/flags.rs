//! The flags of `user create` and `user update`, and what they change.

use clap::Args;

use super::profile::ProfileFlags;
use crate::cli::Failure;
use crate::cli::input::plain;
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
    /// Exit code 2 when a value holds control characters.
    pub fn apply(&self, user: &mut User) -> Result<(), Failure> {
        if let Some(email) = &self.email {
            let email = Some(email.trim().to_owned()).filter(|email| !email.is_empty());
            // Who made sure of the old address did not see the new one.
            user.email_verified &= user.email == email;
            user.email = email;
        }
        user.email_verified = self.email_verified.unwrap_or(user.email_verified) && user.email.is_some();
        user.admin = self.admin.unwrap_or(user.admin);
        self.profile.apply(&mut user.profile)?;
        replace(&mut user.groups, self.group.as_deref())?;
        replace(&mut user.roles, self.role.as_deref())
    }
}

fn replace(own: &mut Vec<String>, given: Option<&[String]>) -> Result<(), Failure> {
    let Some(given) = given else { return Ok(()) };
    own.clear();
    for item in given {
        let item = plain(item)?;
        if !item.is_empty() && !own.iter().any(|known| known == item) {
            own.push(item.to_owned());
        }
    }
    Ok(())
}
