use super::{super::compose, LANGUAGES, LINK, Language, Mail, NOT_ME, every_mail};

/// How many links a mail has to hold.
fn links(mail: Mail<'_>) -> &'static [&'static str] {
    match mail {
        Mail::Activation { .. } | Mail::TakeOver { .. } => &[LINK, NOT_ME],
        Mail::AlreadyRegistered
        | Mail::EmailChanged
        | Mail::PasswordChanged
        | Mail::IdentityBound => &[],
    }
}

/// How often a piece is in a text.
fn count(text: &str, piece: &str) -> usize {
    text.matches(piece).count()
}

/// The words of an HTML page that a person reads, with a line for each element.
fn visible(html: &str) -> String {
    let (_, body) = html.split_once("</head>").expect("a head");
    let pieces = body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.map(str::trim).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_mail_is_complete_in_both_languages() {
    for (name, mail, language) in every_mail() {
        let words = mail.words(language).expect("a mail");
        for part in [&words.subject, &words.text, &words.html] {
            assert!(!part.is_empty(), "{name}");
            for syntax in ["{{", "}}", "{%", "%}", "{#", "#}"] {
                assert!(!part.contains(syntax), "{name}: {syntax} in {part}");
            }
            assert!(!part.contains(|c: char| c.is_control() && c != '\n'), "{name}: {part:?}");
            assert!(!part.contains('\u{fffd}'), "{name}: {part:?}");
            assert!(part.contains("Atrium"), "{name}: {part}");
        }
        for link in links(mail) {
            assert_eq!(count(&words.text, &format!("\n\n{link}\n\n")), 1, "{name}: {link}");
            assert_eq!(count(&words.html, &format!("href=\"{link}\"")), 1, "{name}: {link}");
        }
        // For clients that show no buttons.
        let shown = count(&visible(&words.html), LINK);
        assert_eq!(shown, usize::from(!links(mail).is_empty()), "{name}");
        // Nothing but the given links leads anywhere.
        assert_eq!(count(&words.text, "http"), links(mail).len(), "{name}");
        assert_eq!(count(&words.html, "href="), links(mail).len(), "{name}");
        assert_eq!(count(&words.html, "src="), 0, "{name}");
    }
}

#[test]
fn a_subject_is_one_short_line() {
    for (name, mail, language) in every_mail() {
        let subject = mail.words(language).expect("a mail").subject;
        assert!(!subject.contains('\n'), "{name}: {subject:?}");
        assert_eq!(subject.trim(), subject, "{name}");
        assert!(subject.chars().count() <= 60, "{name}: {subject}");
    }
}

#[test]
fn a_text_reads_well_without_html() {
    for (name, mail, language) in every_mail() {
        let text = mail.words(language).expect("a mail").text;
        assert!(!text.contains(['<', '>']), "{name}: {text}");
        assert!(!text.contains("&#") && !text.contains("&amp;"), "{name}: {text}");
        assert!(!text.contains("\n\n\n"), "{name}: {text:?}");
        assert!(text.lines().all(|line| line.trim() == line), "{name}: {text:?}");
    }
}

#[test]
fn a_page_is_well_formed() {
    for (name, mail, language) in every_mail() {
        let words = mail.words(language).expect("a mail");
        let html = &words.html;
        let lang = format!("<!DOCTYPE html>\n<html lang=\"{}\">", language.tag());
        assert!(html.starts_with(&lang), "{name}: {html}");
        assert!(html.trim_end().ends_with("</html>"), "{name}: {html}");
        assert_eq!(count(html, "<meta charset=\"utf-8\">"), 1, "{name}");
        assert_eq!(count(html, &format!("<title>{}</title>", words.subject)), 1, "{name}: {html}");
        for element in ["html", "head", "body", "main", "title", "h1", "p", "a"] {
            let opened =
                count(html, &format!("<{element}>")) + count(html, &format!("<{element} "));
            assert_eq!(opened, count(html, &format!("</{element}>")), "{name}: {element}");
        }
        assert_eq!(count(html, "<script"), 0, "{name}");
    }
}

#[test]
fn a_page_says_what_the_text_says() {
    for (name, mail, language) in every_mail() {
        let words = mail.words(language).expect("a mail");
        let page = visible(&words.html);
        let page: Vec<_> = page.lines().collect();
        for line in words.text.lines().filter(|line| !line.is_empty()) {
            // Behind a word, on the page.
            let is_hidden = line == NOT_ME;
            assert_ne!(page.contains(&line), is_hidden, "{name}: {line:?} in {page:?}");
        }
    }
}

#[test]
fn languages_are_not_mixed() {
    let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for (name, mail, language) in every_mail() {
        let words = mail.words(language).expect("a mail");
        for part in [words.subject, words.text, visible(&words.html)] {
            match language {
                Language::English => assert!(part.is_ascii(), "{name}: {part}"),
                Language::Chinese => {
                    assert!(part.contains(chinese), "{name}: {part}");
                    let foreign = part.split(|c: char| !c.is_ascii_alphabetic());
                    let mut foreign = foreign.filter(|word| !word.is_empty() && *word != "Atrium");
                    let link = links(mail).join(" ");
                    assert!(foreign.all(|word| link.contains(word)), "{name}: {part}");
                }
            }
        }
    }
}

#[test]
fn notices_say_nothing_of_the_account_and_lead_nowhere() {
    for language in LANGUAGES {
        for mail in [Mail::AlreadyRegistered, Mail::EmailChanged, Mail::PasswordChanged] {
            let words = mail.words(language).expect("a mail");
            for part in [words.subject, words.text, visible(&words.html)] {
                let told = |c: char| c == '@' || c.is_numeric();
                assert!(!part.contains(told), "{part}");
                assert!(!part.contains("http") && !part.contains("www."), "{part}");
            }
        }
    }
}

#[test]
fn links_are_escaped_in_html_and_nowhere_else() {
    let link = "https://a.example/?x=1&y=2\"><b>'";
    for language in LANGUAGES {
        for mail in [
            Mail::Activation { link, not_me: NOT_ME },
            Mail::Activation { link: LINK, not_me: link },
            Mail::TakeOver { link, not_me: NOT_ME },
            Mail::TakeOver { link: LINK, not_me: link },
        ] {
            let words = mail.words(language).expect("a mail");
            assert_eq!(count(&words.text, link), 1);
            let escaped = "href=\"https://a.example/?x=1&#38;y=2&#34;&#62;&#60;b&#62;&#39;\"";
            assert_eq!(count(&words.html, escaped), 1, "{}", words.html);
            assert!(!words.html.contains("&y=2") && !words.html.contains("<b>"), "{}", words.html);
            assert!(!words.subject.contains("a.example"));
        }
    }
}

/// The characters of GSM 03.38 that take one septet each and are ASCII too.
const GSM: &str = "@$_ !\"#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ\
                   abcdefghijklmnopqrstuvwxyz";

#[test]
fn a_code_takes_one_text_message() {
    for minutes in [1, 10, 1440] {
        let english = compose::code("012345", minutes, Language::English).expect("a message");
        assert!(english.chars().all(|c| GSM.contains(c)), "{english}");
        assert!(english.len() <= 160, "{english}");

        let chinese = compose::code("012345", minutes, Language::Chinese).expect("a message");
        assert!(chinese.encode_utf16().count() <= 70, "{chinese}");
    }
}

#[test]
fn a_text_message_says_code_and_validity() {
    for (language, minutes, expected) in [
        (
            Language::English,
            10,
            "Atrium: your code is 012345. It is valid for 10 minutes. Do not share it with anyone.",
        ),
        (
            Language::English,
            1,
            "Atrium: your code is 012345. It is valid for 1 minute. Do not share it with anyone.",
        ),
        (Language::Chinese, 10, "【Atrium】您的验证码是 012345，10 分钟内有效。请勿告知他人。"),
    ] {
        let text = compose::code("012345", minutes, language).expect("a message");
        assert_eq!(text, expected);
    }
}
