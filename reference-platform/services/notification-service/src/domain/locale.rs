//! Languages: how a tag is written, and which ones stand in for it.

/// The language that has words for everything.
pub const DEFAULT: &str = "en";

/// A language tag that is well-formed by BCP 47 as far as the platform uses it, in the spelling that the standard recommends: `de-AT`,
/// `zh-Hant-TW`.
pub fn canonical(text: &str) -> Option<String> {
    if text.len() > 35 {
        return None;
    }
    let mut tags = text.split('-');
    let language = tags.next().filter(|tag| (2..=8).contains(&tag.len()))?;
    if !language.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let mut canonical = language.to_ascii_lowercase();
    for tag in tags {
        if !(1..=8).contains(&tag.len()) || !tag.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        canonical.push('-');
        canonical.push_str(&match tag.len() {
            2 => tag.to_ascii_uppercase(),
            4 if tag.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                format!("{}{}", tag[..1].to_ascii_uppercase(), tag[1..].to_ascii_lowercase())
            }
            _ => tag.to_ascii_lowercase(),
        });
    }
    Some(canonical)
}

/// A canonical tag and those that stand in for it, best first: without its last parts, and in the end the default.
pub fn fallbacks(locale: &str) -> Vec<&str> {
    let mut chain = vec![locale];
    let mut rest = locale;
    while let Some((shorter, _)) = rest.rsplit_once('-') {
        chain.push(shorter);
        rest = shorter;
    }
    if rest != DEFAULT {
        chain.push(DEFAULT);
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_one_spelling() {
        for (text, tag) in [("DE-at", "de-AT"), ("zh-hant-tw", "zh-Hant-TW"), ("en", "en"), ("sl-ROZAJ", "sl-rozaj")] {
            assert_eq!(canonical(text).as_deref(), Some(tag));
        }
        for bad in ["", "d", "de_AT", "de-", "-de", "d3", "de-AT\n", "verylonglang", "ä-ö", &"de-".repeat(20)] {
            assert_eq!(canonical(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_default_stands_in_for_all() {
        assert_eq!(fallbacks("zh-Hant-TW"), ["zh-Hant-TW", "zh-Hant", "zh", "en"]);
        assert_eq!(fallbacks("en-GB"), ["en-GB", "en"]);
        assert_eq!(fallbacks("en"), ["en"]);
    }
}
