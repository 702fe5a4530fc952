//! How an installation looks: its name, its accent colour, its logo.

use std::fmt;
use std::str::FromStr;

/// What the operator may change about the pages.
#[derive(Clone, Debug)]
pub struct Branding {
    /// Shown beside the logo and in the title of every page.
    pub name: String,
    /// Buttons, links and focus rings.
    pub accent: Colour,
    /// An image instead of our own mark.
    pub logo: Option<Logo>,
}

impl Default for Branding {
    fn default() -> Self {
        Self { name: "Porteiro".to_owned(), accent: Colour::rgb(0x0f, 0x76, 0x6e), logo: None }
    }
}

/// An image that we serve ourselves, so that a page never asks another host.
#[derive(Clone)]
pub struct Logo {
    /// The file as it is.
    pub bytes: Vec<u8>,
    /// What the bytes say they are; the file's name is not asked.
    pub content_type: &'static str,
}

impl Logo {
    /// Recognises PNG, JPEG, GIF, WebP and SVG by their first bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let content_type = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => "image/png",
            [0xff, 0xd8, 0xff, ..] => "image/jpeg",
            [b'G', b'I', b'F', b'8', ..] => "image/gif",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
            text if is_svg(text) => "image/svg+xml",
            _ => return None,
        };
        Some(Self { bytes, content_type })
    }
}

fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with("<svg") || (head.starts_with("<?xml") && head.contains("<svg"))
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({}, {} bytes)", self.content_type, self.bytes.len())
    }
}

/// An sRGB colour, written `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// The lightest there is.
    pub const WHITE: Self = Self::rgb(0xff, 0xff, 0xff);
    /// The darkest there is.
    pub const BLACK: Self = Self::rgb(0, 0, 0);

    /// From its three channels.
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Contrast ratio, from 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Relative luminance (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Black or white, whichever reads better on this colour. One of them
    /// always has a contrast of 4.58 or more.
    pub fn text_on(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) { Self::WHITE } else { Self::BLACK }
    }

    /// This colour, moved towards black or white only as far as it must be
    /// to reach `ratio` on `surface`.
    pub fn legible_on(self, surface: Self, ratio: f64) -> Self {
        let end = surface.text_on();
        (0..=100)
            .map(|percent| self.mixed(end, percent))
            .find(|colour| colour.contrast(surface) >= ratio)
            .unwrap_or(end)
    }

    fn mixed(self, other: Self, percent: u16) -> Self {
        let mix = |a: u8, b: u8| {
            let sum = u16::from(a) * (100 - percent) + u16::from(b) * percent;
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        let ([r, g, b], [s, h, c]) = (self.0, other.0);
        Self([mix(r, s), mix(g, h), mix(b, c)])
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// A colour that is not `#rgb` or `#rrggbb`.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAColour;

impl fmt::Display for NotAColour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a colour is written #rgb or #rrggbb")
    }
}

impl std::error::Error for NotAColour {}

impl FromStr for Colour {
    type Err = NotAColour;

    fn from_str(text: &str) -> Result<Self, NotAColour> {
        let digits = text.strip_prefix('#').ok_or(NotAColour)?;
        let digits = digits
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<Vec<u8>>>()
            .ok_or(NotAColour)?;
        match digits.as_slice() {
            [r, g, b] => Ok(Self::rgb(r * 17, g * 17, b * 17)),
            [r, s, g, h, b, c] => Ok(Self::rgb(r * 16 + s, g * 16 + h, b * 16 + c)),
            _ => Err(NotAColour),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_in_its_short_and_long_form() {
        assert_eq!("#0F7".parse(), Ok(Colour::rgb(0, 0xff, 0x77)));
        assert_eq!("#0f766e".parse(), Ok(Colour::rgb(0x0f, 0x76, 0x6e)));
        for wrong in ["0f766e", "#0f766", "#0f766g", "", "#", "red", "#é12"] {
            assert_eq!(wrong.parse::<Colour>(), Err(NotAColour), "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Colour::WHITE.contrast(Colour::BLACK) - 21.0).abs() < 0.001);
        let grey = Colour::rgb(0x76, 0x76, 0x76);
        assert!((grey.contrast(Colour::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn every_accent_becomes_legible_on_light_and_dark() {
        for accent in ["#000", "#fff", "#ff0", "#00f", "#f00", "#808080", "#0f766e", "#7c3aed"] {
            let accent: Colour = accent.parse().unwrap();
            for surface in ["#ffffff", "#171a20", "#808080"] {
                let surface: Colour = surface.parse().unwrap();
                let shown = accent.legible_on(surface, 4.5);
                assert!(
                    shown.contrast(surface) >= 4.5 || shown == surface.text_on(),
                    "{accent} on {surface}"
                );
                assert!(shown.text_on().contrast(shown) >= 4.5, "text on {shown}");
            }
        }
    }

    #[test]
    fn an_accent_that_is_legible_stays_as_it_was_chosen() {
        let teal = Branding::default().accent;
        assert_eq!(teal.legible_on(Colour::WHITE, 4.5), teal);
    }

    #[test]
    fn a_logo_is_known_by_its_bytes() {
        let kind = |bytes: &[u8]| Logo::from_bytes(bytes.to_vec()).map(|logo| logo.content_type);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n"), Some("image/png"));
        assert_eq!(kind(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Some("image/svg+xml"));
        assert_eq!(kind(b"<!doctype html><script>alert(1)</script>"), None);
        assert_eq!(kind(b""), None);
    }
}
