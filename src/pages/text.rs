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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;
    use crate::pages::PageError;

    /// The ids of a language, each with the variables of its message.
    fn messages(locale: Locale) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        if let Err((_, errors)) = FluentResource::try_new(source(locale).to_owned()) {
            panic!("{}.ftl is not well-formed: {errors:?}", locale.tag());
        }
        let mut messages = BTreeMap::new();
        let mut id = "";
        for line in source(locale).lines().filter(|line| !line.is_empty()) {
            if let Some((start, _)) = line.split_once(" =").filter(|_| line.starts_with(char::is_alphabetic))
            {
                id = start;
                let twice = messages.insert(id, BTreeSet::new());
                assert!(twice.is_none(), "{}.ftl has {id} twice", locale.tag());
            }
            let end = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let variables = line.split('$').skip(1).map(|rest| &rest[..end(rest)]);
            messages.get_mut(id).unwrap().extend(variables);
        }
        messages
    }

    /// The text of every file in a folder of the project.
    fn files(folder: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    #[test]
    fn every_language_has_the_same_messages_with_the_same_variables() {
        let english = messages(Locale::En);
        for locale in Locale::ALL {
            assert_eq!(messages(locale), english, "{}.ftl differs from en.ftl", locale.tag());
        }
    }

    #[test]
    fn every_message_that_a_page_asks_for_is_there() {
        let english = messages(Locale::En);
        let mut asked = BTreeSet::new();
        for source in
            [files("templates"), files("templates/admin"), files("src/pages"), files("src/pages/admin")]
        {
            for call in ["page.text(\"", "page.text_with(\"", "page.count(\""] {
                let ids = source.split(call).skip(1).filter_map(|rest| rest.split('"').next());
                asked.extend(ids.map(str::to_owned));
            }
        }
        for error in PageError::ALL {
            let id = error.code().replace('_', "-");
            asked.extend([format!("error-{id}"), format!("error-{id}-text")]);
        }
        assert!(asked.len() > 60, "the calls are no longer found: {asked:?}");
        for id in asked {
            assert!(english.contains_key(id.as_str()), "no message {id}");
        }
    }

    #[test]
    fn no_message_is_left_over() {
        let folders = ["templates", "templates/admin", "src/pages", "src/pages/admin"];
        let sources: String = folders.map(files).concat();
        for id in messages(Locale::En).into_keys().filter(|id| !id.starts_with("claim-")) {
            let error = |error: &PageError| id.trim_end_matches("-text") == error.text_id();
            let used = sources.contains(&format!("\"{id}\"")) || PageError::ALL.iter().any(error);
            assert!(used, "nothing shows {id}");
        }
    }

    #[test]
    fn plurals_follow_the_language() {
        let days = |locale, count| message(locale, "ago-days", &[("count", Argument::Count(count))]);
        let cases = [
            (Locale::En, 1, "1 day ago"),
            (Locale::PtBr, 2, "há 2 dias"),
            (Locale::Es, 1, "hace 1 día"),
            (Locale::Ru, 1, "1 день назад"),
            (Locale::Ru, 3, "3 дня назад"),
            (Locale::Ru, 11, "11 дней назад"),
            (Locale::Ru, 21, "21 день назад"),
        ];
        for (locale, count, expected) in cases {
            assert_eq!(days(locale, count), expected);
        }
    }

    #[test]
    fn a_name_cannot_turn_the_sentence_around_it() {
        let turned = "\u{202e}moc.live\u{202c}\n\u{2066}";
        let shown = message(Locale::En, "login-client", &[("client", Argument::Text(turned))]);
        assert_eq!(shown, "to continue to moc.live");
    }
}
