//! The words of the pages, in each language (Fluent).

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::locale::Locale;

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[Bundle; 4]> = LazyLock::new(|| Locale::ALL.map(bundle));

/// The messages of one language.
pub(super) fn source(locale: Locale) -> &'static str {
    match locale {
        Locale::En => include_str!("../../locales/en.ftl"),
        Locale::PtBr => include_str!("../../locales/pt-BR.ftl"),
        Locale::Ru => include_str!("../../locales/ru.ftl"),
        Locale::Es => include_str!("../../locales/es.ftl"),
    }
}

fn bundle(locale: Locale) -> Bundle {
    let resource = match FluentResource::try_new(source(locale).to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    let mut bundle = Bundle::new_concurrent(locale.tag().parse().into_iter().collect());
    // The marks would stand between words when text is copied or searched.
    bundle.set_use_isolating(false);
    // Fails only for an id given twice, where the first one stays.
    let _ = bundle.add_resource(resource);
    bundle
}

/// A value inside a message.
pub enum Argument<'a> {
    Text(&'a str),
    Count(i64),
}

/// The message `id` in `locale`; the id itself if there is none.
pub fn message(locale: Locale, id: &str, arguments: &[(&'static str, Argument<'_>)]) -> String {
    find(locale, id, arguments).unwrap_or_else(|| id.to_owned())
}

/// The message `id` in `locale`, if there is one.
pub fn find(locale: Locale, id: &str, arguments: &[(&'static str, Argument<'_>)]) -> Option<String> {
    let bundle = &BUNDLES[locale as usize];
    let pattern = bundle.get_message(id)?.value()?;
    let mut values = FluentArgs::new();
    for (name, argument) in arguments {
        values.set(
            *name,
            match argument {
                Argument::Text(text) => FluentValue::String(Cow::Owned(visible(text))),
                Argument::Count(count) => FluentValue::from(*count),
            },
        );
    }
    Some(bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned())
}

/// Without control characters and without those that turn the direction of
/// writing: a client's name must not rearrange the sentence around it.
pub fn visible(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| !c.is_control() && !turns(*c)).collect()
}
