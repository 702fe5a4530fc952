//! What may be said of a person: OpenID Connect Core §5.1.

use serde_json::Value;
use url::Url;

use crate::error::Error;
use crate::oauth::username;
use crate::store::{Profile, User};

/// The members of an address (OpenID Connect Core §5.1.1).
const ADDRESS: [&str; 6] = ["formatted", "street_address", "locality", "region", "postal_code", "country"];

impl User {
    /// Judges the account as a whole, before it is stored.
    ///
    /// # Errors
    /// `invalid_request`, with what is wrong.
    pub fn check(&self) -> Result<(), Error> {
        username::key(&self.username)?;
        self.email.as_deref().map(username::email_key).transpose()?;
        self.groups.iter().chain(&self.roles).try_for_each(|text| plain(text))?;
        self.profile.check()
    }
}

impl Profile {
    fn check(&self) -> Result<(), Error> {
        let texts = [
            &self.name,
            &self.given_name,
            &self.family_name,
            &self.middle_name,
            &self.nickname,
            &self.gender,
            &self.zoneinfo,
            &self.locale,
            &self.phone_number,
        ];
        texts.into_iter().flatten().try_for_each(|text| plain(text))?;
        for page in [&self.profile, &self.picture, &self.website].into_iter().flatten() {
            check_page(page)?;
        }
        if let Some(date) = self.birthdate.as_deref().filter(|date| !is_date(date)) {
            return refuse(format!("{date:?} is not a date: write 1990-12-31, 0000-12-31 or 1990"));
        }
        self.address.as_ref().map_or(Ok(()), check_address)
    }
}

fn refuse(description: String) -> Result<(), Error> {
    Err(Error::invalid_request(description))
}

/// Lines and escape sequences have no place in a name, nor in a log; and what
/// is not there is left out, never empty.
fn plain(text: &str) -> Result<(), Error> {
    if text.contains(char::is_control) {
        return refuse(format!("{text:?} holds control characters"));
    }
    if text.is_empty() || text.trim() != text {
        return refuse(format!("{text:?} is empty or has blanks around it"));
    }
    Ok(())
}

fn check_page(text: &str) -> Result<(), Error> {
    let web = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if web {
        plain(text)
    } else {
        refuse(format!("{text:?} is not a web address such as https://example.com/maria"))
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

fn check_address(address: &Value) -> Result<(), Error> {
    let fits = |(name, value): (&String, &Value)| {
        ADDRESS.contains(&name.as_str())
            && value.as_str().is_some_and(|text| !text.trim().is_empty() && !text.contains('\0'))
    };
    let members = address.as_object().filter(|members| !members.is_empty());
    if members.is_some_and(|members| members.iter().all(fits)) {
        return Ok(());
    }
    refuse(format!("an address is an object of texts, with {}", ADDRESS.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
    fn an_address_has_known_parts_and_none_of_them_empty() {
        assert!(check_address(&json!({ "country": "BR" })).is_ok());
        for wrong in [json!({"planet": "Earth"}), json!({"country": ""}), json!({"country": 55}), json!("BR")]
        {
            assert!(check_address(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_said_is_a_line_of_text() {
        let said = |name: &str| Profile { name: Some(name.to_owned()), ..Profile::default() };
        assert!(said("Maria Silva").check().is_ok());
        for wrong in ["", " Maria", "Ma\nria", "\u{1b}[31m"] {
            assert!(said(wrong).check().is_err(), "{wrong:?}");
        }
        let page = Profile { website: Some("javascript:alert(1)".into()), ..Profile::default() };
        assert!(page.check().is_err());
    }
}
