//! What a reader, or a test, wants out of a message: its links and its code.

use mail_parser::decoders::html::html_to_text;

/// The web addresses in the text, then those that only the HTML links to, each once.
pub(super) fn links(text: &str, html: Option<&str>) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for link in urls(text).map(str::to_owned).chain(html.map(hrefs).unwrap_or_default()) {
        if !links.contains(&link) {
            links.push(link);
        }
    }
    links
}

/// The first number of exactly six digits.
pub(super) fn code(text: &str) -> Option<String> {
    text.split(|char: char| !char.is_ascii_digit()).find(|run| run.len() == 6).map(str::to_owned)
}

fn urls(text: &str) -> impl Iterator<Item = &str> {
    // Ends at what is not ASCII: Chinese goes on behind an address without a space.
    text.split(|char: char| !is_of_url(char)).filter_map(|run| {
        let starts = ["http://", "https://"].into_iter().filter_map(|scheme| run.find(scheme));
        let url = without_punctuation(run.get(starts.min()?..)?);
        is_url(url).then_some(url)
    })
}

/// The characters of RFC 3986.
fn is_of_url(char: char) -> bool {
    char.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(char)
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty())
}

/// An address without the punctuation of the sentence around it. A bracket belongs to the address
/// if it was opened there.
fn without_punctuation(url: &str) -> &str {
    let mut url = url;
    loop {
        let mut shorter = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*']);
        for (open, close) in [('(', ')'), ('[', ']')] {
            if let Some(without) = shorter.strip_suffix(close)
                && shorter.matches(close).count() > shorter.matches(open).count()
            {
                shorter = without;
            }
        }
        if shorter.len() == url.len() {
            return url;
        }
        url = shorter;
    }
}

fn hrefs(html: &str) -> Vec<String> {
    let lower = html.to_ascii_lowercase();
    lower
        .match_indices("href")
        .filter_map(|(at, name)| {
            let value = html.get(at + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
            let value = match value.strip_prefix(['"', '\'']) {
                Some(quoted) => quoted.split_once(value.chars().next()?)?.0,
                None => value.split(|char: char| char.is_whitespace() || char == '>').next()?,
            };
            let link = html_to_text(value.trim());
            is_url(&link).then_some(link)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{code, links};

    #[test]
    fn links_of_a_text_end_where_a_reader_would_end_them() {
        for (text, expected) in [
            ("none", &[][..]),
            ("http:// https://", &[]),
            ("Open https://a.example/x?t=1-_~.", &["https://a.example/x?t=1-_~"]),
            ("(https://a.example/x)!", &["https://a.example/x"]),
            ("<https://a.example/(x)>, ok", &["https://a.example/(x)"]),
            ("请打开https://a.example/x。谢谢", &["https://a.example/x"]),
            (
                "http://127.0.0.1:3000/?n=http://b.example",
                &["http://127.0.0.1:3000/?n=http://b.example"],
            ),
            (
                "https://b.example https://a.example\nhttps://b.example",
                &["https://b.example", "https://a.example"],
            ),
        ] {
            assert_eq!(links(text, None), expected, "{text}");
        }
    }

    #[test]
    fn links_of_the_html_follow() {
        let html = r##"
            <a href="https://a.example/?x=1&amp;y=2">in the text too</a>
            <a class=b HREF = 'https://b.example/&#x27;'>quoted</a> <a href=https://c.example>bare</a>
            <a href="mailto:ann@example.com">mail</a> <a href="#top">top</a> <a href="https://open"##;
        let expected = ["https://a.example/?x=1&y=2", "https://b.example/'", "https://c.example"];
        assert_eq!(links("https://a.example/?x=1&y=2", Some(html)), expected);
    }

    #[test]
    fn a_code_is_six_digits_and_no_more() {
        for (text, expected) in [
            ("Your code is 123456.", Some("123456")),
            ("验证码：004213，十分钟内有效", Some("004213")),
            ("Order 1234567, code 654321, not 111111", Some("654321")),
            ("12345", None),
            ("1234567", None),
        ] {
            assert_eq!(code(text).as_deref(), expected, "{text}");
        }
    }
}
