//! The flags about a person: the claims of OpenID Connect Core §5.1.

use clap::Args;
use serde_json::{Map, Value, json};
use url::Url;

use crate::cli::Failure;
use crate::cli::input::plain;
use crate::store::Profile;

/// The members of an address (OpenID Connect Core §5.1.1).
const ADDRESS: [&str; 6] = ["formatted", "street_address", "locality", "region", "postal_code", "country"];

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
    /// Exit code 2 when a value is not what the claim may hold.
    pub fn apply(&self, profile: &mut Profile) -> Result<(), Failure> {
        set(&mut profile.name, self.name.as_deref())?;
        set(&mut profile.given_name, self.given_name.as_deref())?;
        set(&mut profile.family_name, self.family_name.as_deref())?;
        set(&mut profile.middle_name, self.middle_name.as_deref())?;
        set(&mut profile.nickname, self.nickname.as_deref())?;
        set(&mut profile.gender, self.gender.as_deref())?;
        set(&mut profile.zoneinfo, self.zoneinfo.as_deref())?;
        set(&mut profile.locale, self.locale.as_deref())?;
        set(&mut profile.profile, page(self.profile.as_deref())?)?;
        set(&mut profile.picture, page(self.picture.as_deref())?)?;
        set(&mut profile.website, page(self.website.as_deref())?)?;
        set(&mut profile.birthdate, date(self.birthdate.as_deref())?)?;
        self.apply_phone(profile)?;
        if let Some(given) = &self.address {
            profile.address = address(given)?;
        }
        Ok(())
    }

    fn apply_phone(&self, profile: &mut Profile) -> Result<(), Failure> {
        let before = profile.phone_number.clone();
        set(&mut profile.phone_number, self.phone.as_deref())?;
        if profile.phone_number != before {
            // Who made sure of the old number did not hear the new one.
            profile.phone_number_verified = None;
        }
        let verified = self.phone_verified.or(profile.phone_number_verified);
        profile.phone_number_verified = verified.filter(|_| profile.phone_number.is_some());
        Ok(())
    }
}

fn set(own: &mut Option<String>, given: Option<&str>) -> Result<(), Failure> {
    if let Some(given) = given {
        *own = Some(plain(given)?.to_owned()).filter(|text| !text.is_empty());
    }
    Ok(())
}

fn page(given: Option<&str>) -> Result<Option<&str>, Failure> {
    let web = |text: &str| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    match given.map(str::trim) {
        Some(text) if !text.is_empty() && !web(text) => {
            Err(Failure::Usage(format!("{text:?} is not a web address such as https://example.com/maria")))
        }
        _ => Ok(given),
    }
}

fn date(given: Option<&str>) -> Result<Option<&str>, Failure> {
    match given.map(str::trim) {
        Some(text) if !text.is_empty() && !is_date(text) => {
            Err(Failure::Usage(format!("{text:?} is not a date: write 1990-12-31, 0000-12-31 or 1990")))
        }
        _ => Ok(given),
    }
}

/// `YYYY-MM-DD`, with the year 0000 where it is not told, or `YYYY`.
fn is_date(text: &str) -> bool {
    let number = |digits: &str, length: usize| {
        let right = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
        right.then(|| digits.parse::<u32>().ok()).flatten()
    };
    let parts: Vec<&str> = text.split('-').collect();
    match parts[..] {
        [year] => number(year, 4).is_some_and(|year| year > 0),
        [year, month, day] => {
            let days = number(year, 4).zip(number(month, 2)).map_or(0, |(year, month)| days_of(year, month));
            number(day, 2).is_some_and(|day| (1..=days).contains(&day))
        }
        _ => false,
    }
}

/// How many days a month has; none if there is no such month.
fn days_of(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

fn address(given: &str) -> Result<Option<Value>, Failure> {
    let given = given.trim();
    if !given.starts_with('{') {
        let formatted = plain(given)?;
        return Ok((!formatted.is_empty()).then(|| json!({ "formatted": formatted })));
    }
    let refused = || Failure::Usage(format!("an address is an object of texts, with {}", ADDRESS.join(", ")));
    let members: Map<String, Value> = serde_json::from_str(given).map_err(|_| refused())?;
    let fits = |(name, value): (&String, &Value)| {
        ADDRESS.contains(&name.as_str()) && value.as_str().is_some_and(|text| !text.trim().is_empty())
    };
    if !members.iter().all(fits) {
        return Err(refused());
    }
    Ok((!members.is_empty()).then_some(Value::Object(members)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OpenID Connect Core §5.1: ISO 8601, the year may be missing, or alone.
    #[test]
    fn dates_are_dates() {
        for right in ["1990-12-31", "0000-02-29", "2000-02-29", "1990"] {
            assert!(is_date(right), "{right}");
        }
        for wrong in ["1990-02-29", "1900-02-29", "1990-13-01", "1990-1-1", "31.12.1990", "0000", "19x0", ""]
        {
            assert!(!is_date(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_a_line_or_its_parts() {
        assert_eq!(address("Rua X, 1").unwrap(), Some(json!({ "formatted": "Rua X, 1" })));
        assert_eq!(address(r#"{"country":"BR"}"#).unwrap(), Some(json!({ "country": "BR" })));
        assert_eq!((address("").unwrap(), address("{}").unwrap()), (None, None));
        for wrong in [r#"{"planet":"Earth"}"#, r#"{"country":""}"#, r#"{"country":55}"#, "{country"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
