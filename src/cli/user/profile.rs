//! The flags about a person: the claims of OpenID Connect Core §5.1.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::Failure;
use crate::store::Profile;

/// What a person says of themselves. An empty value removes.
#[derive(Args, Clone, Debug, Default)]
pub struct ProfileFlags {
    /// Full name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Given name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// Family name
    #[arg(long, value_name = "NAME")]
    family_name: Option<String>,
    /// Middle name
    #[arg(long, value_name = "NAME")]
    middle_name: Option<String>,
    /// What friends say
    #[arg(long, value_name = "NAME")]
    nickname: Option<String>,
    /// Page about them
    #[arg(long, value_name = "URL")]
    profile: Option<String>,
    /// Picture of them
    #[arg(long, value_name = "URL")]
    picture: Option<String>,
    /// Page of theirs
    #[arg(long, value_name = "URL")]
    website: Option<String>,
    /// Gender, in any words
    #[arg(long, value_name = "GENDER")]
    gender: Option<String>,
    /// Day of birth as 1990-12-31, without the year as 0000-12-31, or the year alone
    #[arg(long, value_name = "DATE")]
    birthdate: Option<String>,
    /// Time zone, as America/Sao_Paulo
    #[arg(long, value_name = "ZONE")]
    zoneinfo: Option<String>,
    /// Language, as pt-BR
    #[arg(long, value_name = "LOCALE")]
    locale: Option<String>,
    /// Telephone number, as +5511987654321
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// Somebody made sure that the number is theirs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    phone_verified: Option<bool>,
    /// Postal address: in one line, or a JSON object with `street_address`, `locality`, `region`,
    /// `postal_code` and `country`
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
}

impl ProfileFlags {
    /// Changes what was given and leaves the rest.
    ///
    /// # Errors
    /// Exit code 2 when the address is neither a line nor an object.
    pub fn apply(&self, profile: &mut Profile) -> Result<(), Failure> {
        let texts = [
            (&mut profile.name, &self.name),
            (&mut profile.given_name, &self.given_name),
            (&mut profile.family_name, &self.family_name),
            (&mut profile.middle_name, &self.middle_name),
            (&mut profile.nickname, &self.nickname),
            (&mut profile.gender, &self.gender),
            (&mut profile.zoneinfo, &self.zoneinfo),
            (&mut profile.locale, &self.locale),
            (&mut profile.profile, &self.profile),
            (&mut profile.picture, &self.picture),
            (&mut profile.website, &self.website),
            (&mut profile.birthdate, &self.birthdate),
            (&mut profile.phone_number, &self.phone),
        ];
        for (own, given) in texts {
            if let Some(given) = given {
                *own = Some(given.trim().to_owned()).filter(|text| !text.is_empty());
            }
        }
        profile.phone_number_verified = self.phone_verified.or(profile.phone_number_verified);
        if let Some(given) = &self.address {
            profile.address = address(given)?;
        }
        Ok(())
    }

    /// Whether anything was said about the proof of the number.
    pub fn says_verified(&self) -> bool {
        self.phone_verified.is_some()
    }
}

fn address(given: &str) -> Result<Option<Value>, Failure> {
    let given = given.trim();
    if !given.starts_with('{') {
        return Ok((!given.is_empty()).then(|| json!({ "formatted": given })));
    }
    let refused = |problem| Failure::Usage(format!("the address is no JSON object: {problem}"));
    let members: Map<String, Value> = serde_json::from_str(given).map_err(refused)?;
    Ok((!members.is_empty()).then_some(Value::Object(members)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_line_or_its_parts() {
        assert_eq!(address("Rua X, 1").unwrap(), Some(json!({ "formatted": "Rua X, 1" })));
        assert_eq!(address(r#"{"country":"BR"}"#).unwrap(), Some(json!({ "country": "BR" })));
        assert_eq!((address("").unwrap(), address("{}").unwrap()), (None, None));
        assert!(address("{country").is_err());
    }
}
