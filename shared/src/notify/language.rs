//! Which language a person is written to in.

use std::cmp::Reverse;

/// A language that there are messages in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, also for those who prefer a language that there are no messages in.
    English,
    /// Chinese in simplified characters.
    Chinese,
}

/// How much a language is wanted: its weight in thousandths, then its place in the list.
type Rank = (u16, Reverse<usize>);

impl Language {
    /// The language that an `Accept-Language` header prefers ([RFC 9110, section 12.5.4]). Of two
    /// with the same weight that is the one named first; ranges that break the grammar count for
    /// nothing.
    ///
    /// [RFC 9110, section 12.5.4]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
    #[must_use]
    pub fn from_accept_language(header: Option<&str>) -> Self {
        let (mut english, mut chinese, mut any) = (None, None, None);
        for (place, range) in header.unwrap_or_default().split(',').enumerate() {
            let Some((tag, weight)) = tag_and_weight(range) else { continue };
            let slot = match tag.split('-').next().map(str::to_ascii_lowercase).as_deref() {
                Some("en") => &mut english,
                Some("zh") => &mut chinese,
                Some("*") => &mut any,
                _ => continue,
            };
            *slot = (*slot).max(Some((weight, Reverse(place))));
        }
        let rank = |named: Option<Rank>| named.or(any).filter(|(weight, _)| *weight > 0);
        if rank(chinese) > rank(english) { Self::Chinese } else { Self::English }
    }

    /// The tag of the language ([BCP 47](https://www.rfc-editor.org/info/bcp47)).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }
}

fn tag_and_weight(range: &str) -> Option<(&str, u16)> {
    let (tag, weight) = match range.split_once(';') {
        None => (range, 1000),
        Some((tag, weight)) => (tag, thousandths(weight)?),
    };
    Some((tag.trim(), weight))
}

/// Reads `q=0`, `q=0.5`, `q=1.000` and the like (RFC 9110, section 12.4.2).
fn thousandths(weight: &str) -> Option<u16> {
    let weight = weight.trim();
    let value = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let digits = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths = match whole {
        "0" => 0,
        "1" => 1000,
        _ => return None,
    } + format!("{decimals:0<3}").parse::<u16>().ok().filter(|_| digits)?;
    (thousandths <= 1000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::Language::{self, Chinese, English};

    #[test]
    fn the_preferred_language_is_taken() {
        for (header, language) in [
            ("", English),
            ("en", English),
            ("zh", Chinese),
            ("ZH-Hant-TW", Chinese),
            ("zh-CN,zh;q=0.9,en;q=0.8", Chinese),
            ("en-GB,en;q=0.9,zh-CN;q=0.8", English),
            ("en;q=0.8, zh-CN", Chinese),
            ("en ; q=0.1 , zh ; Q=0.2", Chinese),
            // Alike: the one named first.
            ("en, zh", English),
            ("zh, en", Chinese),
            ("zh;q=0.5, en;q=0.500", Chinese),
            // Neither, or only the better one of two others.
            ("fr", English),
            ("fr, de;q=0.9, zh;q=0.1", Chinese),
            ("fr, zh;q=0.1, en;q=0.2", English),
            // Not wanted at all.
            ("zh;q=0", English),
            ("zh;q=0.000, fr", English),
            ("en;q=0", English),
            ("en;q=0, *", Chinese),
            ("en;q=0, *;q=0.1", Chinese),
            ("*", English),
            ("zh;q=0, *", English),
            ("zh-TW;q=0, zh-CN;q=0.5", Chinese),
            ("zh;q=0.4, *;q=0.5", English),
            // No language ranges, or no weights.
            ("zhx", English),
            ("zh_CN", English),
            ("zh;q=1.5", English),
            ("zh;q=1.001", English),
            ("zh;q=0.1234", English),
            ("zh;q=.9", English),
            ("zh;q=0.+1", English),
            ("zh;q=-0", English),
            ("zh;q", English),
            ("zh;q=", English),
            ("zh;level=1", English),
            (",;,=,;q=1,,zh;q=0.1,", Chinese),
        ] {
            assert_eq!(Language::from_accept_language(Some(header)), language, "{header:?}");
        }
        assert_eq!(Language::from_accept_language(None), English);
    }
}
