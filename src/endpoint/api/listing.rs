//! Pages of a list. The cursor is where the last page ended, with our tag: a
//! forged one leads nowhere, and one list's is no other's.

use crate::app::App;
use crate::error::Error;
use crate::secret::{base64url, from_base64url, same};

use super::query::Query;

const USUAL: usize = 100;
const MOST: usize = 1000;

/// The bytes of a tag that are kept.
const TAG: usize = 16;

/// One page of one list.
pub struct Listing {
    name: &'static str,
    size: usize,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Listing {
    /// What `page_size` and `cursor` ask for.
    ///
    /// # Errors
    /// `invalid_request` for a size out of bounds or a cursor that is not ours.
    pub fn of(app: &App, name: &'static str, query: &Query) -> Result<Self, Error> {
        let fits = |text: &str| text.parse().ok().filter(|size| (1..=MOST).contains(size));
        let size = query.parsed("page_size", "a number from 1 to 1000", fits)?;
        let after = query.parsed("cursor", "the next_cursor of this list", |text| read(app, name, text))?;
        Ok(Self { name, size: size.unwrap_or(USUAL), after })
    }

    /// How many rows to ask the store for: one more tells whether there are more.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.size).unwrap_or(i64::MAX) + 1
    }

    /// Cuts the rows to the page, and gives the cursor when there are more.
    pub fn cut<T>(&self, app: &App, rows: &mut Vec<T>, place: impl Fn(&T) -> String) -> Option<String> {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        rows.last().filter(|_| more).map(|last| write(app, self.name, &place(last)))
    }
}

fn tag(app: &App, name: &str, place: &str) -> Vec<u8> {
    app.mac.tag("cursor", &[name.as_bytes(), place.as_bytes()])[..TAG].to_vec()
}

fn write(app: &App, name: &str, place: &str) -> String {
    let mut bytes = tag(app, name, place);
    bytes.extend(place.as_bytes());
    base64url(&bytes)
}

fn read(app: &App, name: &str, cursor: &str) -> Option<String> {
    let bytes = from_base64url(cursor)?;
    let (sent, place) = bytes.split_at_checked(TAG)?;
    let place = std::str::from_utf8(place).ok()?;
    same(sent, &tag(app, name, place)).then(|| place.to_owned())
}
