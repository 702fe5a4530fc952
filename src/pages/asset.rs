//! The files that pages refer to: style sheet, icon, logo. All are ours.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::branding::{Branding, Colour};

const STYLE: &str = include_str!("../../assets/style.css");

/// The surfaces of `style.css` on which the accent stands out least.
const LIGHT: Colour = Colour::rgb(0xf4, 0xf5, 0xf7);
const DARK: Colour = Colour::rgb(0x20, 0x24, 0x2c);

/// WCAG 2.2 success criterion 1.4.3.
const TEXT_CONTRAST: f64 = 4.5;

static STYLE_DIGEST: LazyLock<String> = LazyLock::new(|| {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, STYLE.as_bytes());
    digest.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
});

/// Changes whenever the style sheet does, so that no browser keeps an old one.
pub(super) fn version(branding: &Branding) -> String {
    format!("{}{}", *STYLE_DIGEST, branding.accent).replace('#', "")
}

/// `GET /assets/{file}`: `style.css`, `icon.svg` and, if there is one, `logo`.
pub fn asset(branding: &Branding, file: &str) -> Option<Response> {
    match file {
        "style.css" => Some(serve("text/css; charset=utf-8", style(branding))),
        "icon.svg" => Some(serve("image/svg+xml", icon(branding))),
        "logo" => {
            let logo = branding.logo.as_ref()?;
            Some(serve(logo.content_type, logo.bytes.clone()))
        }
        _ => None,
    }
}

/// The policy makes a file that is opened by itself as dead as it is inside
/// `<img>`: an SVG may hold scripts (SECURITY-CASES 229).
fn serve(content_type: &'static str, bytes: impl Into<Body>) -> Response {
    let headers: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "public, max-age=86400"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ];
    (StatusCode::OK, headers, bytes.into()).into_response()
}

fn style(branding: &Branding) -> String {
    let light = branding.accent.legible_on(LIGHT, TEXT_CONTRAST);
    let dark = branding.accent.legible_on(DARK, TEXT_CONTRAST);
    format!(
        ":root{{--accent-on-light:{light};--text-on-light-accent:{};\
         --accent-on-dark:{dark};--text-on-dark-accent:{}}}\n{STYLE}",
        light.text_on(),
        dark.text_on()
    )
}

fn icon(branding: &Branding) -> String {
    let (accent, ink) = (branding.accent, branding.accent.text_on());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">\
         <rect width=\"32\" height=\"32\" rx=\"9\" fill=\"{accent}\"/>\
         <path d=\"M10 25V14a6 6 0 0 1 12 0v11z\" fill=\"{ink}\"/>\
         <circle cx=\"18.6\" cy=\"18.2\" r=\"1.5\" fill=\"{accent}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The computed accents are for the surfaces that the style sheet paints.
    #[test]
    fn the_surfaces_are_those_of_the_style_sheet() {
        for surface in [LIGHT, DARK] {
            assert!(STYLE.contains(&format!("--soft: {surface};")), "{surface}");
        }
    }

    /// SECURITY-CASES 229.
    #[test]
    fn a_logo_with_a_script_is_served_inert() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        let logo = crate::branding::Logo::from_bytes(svg.to_vec());
        let response = asset(&Branding { logo, ..Branding::default() }, "logo").unwrap();
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }

    #[test]
    fn there_is_no_other_file() {
        for file in ["logo", "", "../Cargo.toml", "style.css/"] {
            assert!(asset(&Branding::default(), file).is_none(), "{file}");
        }
    }
}
