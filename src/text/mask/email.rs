//! Which e-mail addresses are in the text, as they are or written so that a program should not see them?
//!
//! `@name` is a handle and `@name@host` is one of the fediverse: neither is an address. An `@` in words or brackets
//! counts where what follows is a host; a bare "at", or an `@` between spaces, only where the host is spelled with
//! "dot" or is one that gives mailboxes, since people also sit "at amazon.com".

use crate::model::{Mask, MaskKind};

use super::cells::{Cell, Cells, Zone, is_wall, is_word};

/// One of these is in each text in which an `@` is a word. For the scan before all others.
pub(super) const TELL_TALES: &[&str] = &[
    "*at*",
    "|at|",
    "<at>",
    "_at_",
    " -at- ",
    "apenstaart",
    "apestaart",
    "arroba",
    "arobas",
    "chiocciola",
    "klammeraffe",
    " ät ",
    " dot ",
    "(dot",
    "[dot",
    "gmail",
    "googlemail",
    "hotmail",
    "outlook",
    "yahoo",
    "icloud",
    "ziggo",
    "protonmail",
];

/// Hosts that give mailboxes to people, by their first label.
const MAILBOXES: [&str; 24] = [
    "gmail",
    "googlemail",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "yahoo",
    "ymail",
    "icloud",
    "me",
    "aol",
    "gmx",
    "web",
    "ziggo",
    "kpnmail",
    "planet",
    "xs4all",
    "telenet",
    "skynet",
    "proximus",
    "orange",
    "laposte",
    "libero",
    "protonmail",
];

/// How an `@` is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `@`, with nothing around it.
    Sign,
    /// `(at)`, `[at]`, `apenstaartje`: no one writes so but in an address.
    Veiled,
    /// ` at `, ` @ `: one may mean a place.
    Loose,
}

/// An `@`: the cell behind the name, and the cell where the host starts.
struct At {
    form: Form,
    name_end: usize,
    host: usize,
}

/// Whether there is an "at" in brackets.
pub(super) fn has_bracketed_at(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        matches!(byte, b'(' | b'[' | b'{') && {
            let rest = bytes[at + 1..].trim_ascii_start();
            rest.starts_with(b"a") || rest.starts_with(b"A") || !rest.first().is_some_and(u8::is_ascii)
        }
    })
}

/// Whether a bare "at" stands before something with a dot in it, or before a word and a spelled dot.
pub(super) fn has_host_after_at(text: &str) -> bool {
    text.as_bytes().windows(4).enumerate().any(|(at, four)| {
        four[0] == b' ' && four[3] == b' ' && four.eq_ignore_ascii_case(b" at ") && {
            let mut words = text[at + four.len()..].split_ascii_whitespace();
            let host = words.next().unwrap_or("").as_bytes();
            host.windows(2).any(|pair| pair[0] == b'.' && pair[1].is_ascii_alphanumeric())
                || words.next().is_some_and(|word| DOTS.iter().any(|dot| word.eq_ignore_ascii_case(dot)))
        }
    })
}

/// Takes all e-mail addresses.
pub(super) fn find(cells: &mut Cells<'_>, found: &mut Vec<Mask>) {
    let mut at = 0;
    while at < cells.len() {
        let next = sign(cells, at).and_then(|sign| address(cells, &sign));
        match next {
            Some((start, end)) => {
                cells.take(MaskKind::Email, start, end, found);
                at = end;
            }
            None => at += 1,
        }
    }
}

/// The `@` that starts at `at`, however it is written.
fn sign(cells: &Cells<'_>, at: usize) -> Option<At> {
    match cells.ch(at) {
        '@' => {
            let (name_end, host) = (back_over_space(cells, at), over_space(cells, at + 1));
            if cells.before(at) != ' ' && cells.ch(at + 1) != ' ' {
                return Some(At { form: Form::Sign, name_end: at, host: at + 1 });
            }
            // "cc @delta.com": with a space before it only, it is a handle.
            (cells.ch(at + 1) == ' ').then_some(At { form: Form::Loose, name_end, host })
        }
        '%' if cells.zone(at) == Zone::Path && cells.spells(at, "%40") => {
            Some(At { form: Form::Sign, name_end: at, host: at + 3 })
        }
        open @ ('(' | '[' | '{') => {
            let close = match open {
                '(' => ')',
                '[' => ']',
                _ => '}',
            };
            let word = over_space(cells, at + 1);
            let signs = [
                "apenstaartje",
                "apenstaart",
                "apestaartje",
                "apestaart",
                "arroba",
                "arobase",
                "chiocciola",
                "klammeraffe",
                "at",
                "ät",
                "@",
                "a",
                "ä",
            ];
            let (sign, end) = signs.into_iter().find_map(|sign| {
                let end = over_space(cells, word + sign.chars().count());
                (cells.spells(word, sign) && cells.ch(end) == close).then_some((sign, end))
            })?;
            let (name_end, host) = (back_over_space(cells, at), over_space(cells, end + 1));
            // "(a)" numbers a list, unless it is part of a word.
            let is_joined = name_end == at && host == end + 1;
            let form = if sign != "a" || is_joined { Form::Veiled } else { Form::Loose };
            Some(At { form, name_end, host })
        }
        // jan -at- example.nl
        '-' if cells.before(at) == ' ' && cells.spells(at, "-at- ") => Some(At {
            form: Form::Veiled,
            name_end: back_over_space(cells, at),
            host: over_space(cells, at + 4),
        }),
        // jan*at*example.nl, jan_at_example.nl
        frame @ ('*' | '|' | '<' | '_') if cells.spells(at + 1, "at") => {
            let close = if frame == '<' { '>' } else { frame };
            let is_framed =
                cells.ch(at + 3) == close && is_word(cells.before(at)) && is_word(cells.ch(at + 4));
            let form = if frame == '_' { Form::Loose } else { Form::Veiled };
            is_framed.then_some(At { form, name_end: at, host: at + 4 })
        }
        'a' | 'A' | 'ä' | 'Ä' | 'c' | 'C' | 'k' | 'K' if cells.before(at) == ' ' => {
            let (word, length, form) = [
                ("apenstaartje", Form::Veiled),
                ("apenstaart", Form::Veiled),
                ("apestaartje", Form::Veiled),
                ("apestaart", Form::Veiled),
                ("arroba", Form::Veiled),
                ("arobase", Form::Veiled),
                ("chiocciola", Form::Veiled),
                ("klammeraffe", Form::Veiled),
                ("at", Form::Loose),
                ("ät", Form::Veiled),
            ]
            .into_iter()
            .map(|(word, form)| (word, word.chars().count(), form))
            .find(|&(word, length, _)| cells.ch(at + length) == ' ' && cells.spells(at, word))?;
            // "marta.x AT buzon DOT …": capitals in a text of small letters veil as brackets do.
            let is_loud = is_shouted(cells, at, word) && cells.before(at - 1).is_lowercase();
            let form = if is_loud { Form::Veiled } else { form };
            Some(At { form, name_end: back_over_space(cells, at), host: over_space(cells, at + length) })
        }
        _ => None,
    }
}

/// Whether `word` stands at `at` in capitals.
fn is_shouted(cells: &Cells<'_>, at: usize, word: &str) -> bool {
    cells.spells(at, word) && cells.row()[at..at + word.len()].iter().all(|cell| cell.ch.is_uppercase())
}

/// Up to two spaces are gone over: more is a layout.
fn over_space(cells: &Cells<'_>, at: usize) -> usize {
    (at..at + 2).find(|&at| cells.ch(at) != ' ').unwrap_or(at + 2)
}

fn back_over_space(cells: &Cells<'_>, at: usize) -> usize {
    let mut at = at;
    for _ in 0..2 {
        at -= usize::from(cells.before(at) == ' ');
    }
    at
}

/// The cells of the address around an `@`.
fn address(cells: &Cells<'_>, at: &At) -> Option<(usize, usize)> {
    let zone = at.name_end.checked_sub(1).map_or(Zone::Prose, |before| cells.zone(before));
    // A name in a link's host is the key to that host, not a person's address.
    if zone == Zone::Host {
        return None;
    }
    let start = name_start(cells, at)?;
    let host = host(cells, at.host).or_else(|| bare_mailbox(cells, at, start))?;
    // "Only at Target dot com" is no address, "mail me: jan at example dot com" is.
    let is_named = || {
        let has_sign = cells.row()[start..at.name_end].iter().any(|cell| !cell.ch.is_alphabetic());
        cells.before(at.name_end) != '.'
            && (has_sign
                || is_led(cells, start)
                || (host.end..host.end + 8).any(|at| cells.spells(at, "mail")))
    };
    // "lunch @ example.com" is a place, "mail kate @ example.com" is not.
    let is_sign = || cells.row()[at.name_end..at.host].iter().any(|cell| cell.ch == '@');
    // "jan.jansen at example.com", "e-mail: jan at example.com": no place is written so.
    let is_person = || {
        let name = &cells.row()[start..at.name_end];
        // A time of day has a dot, too: "meet @ 10.30 at head.office".
        let has_sign =
            name.windows(2).any(|pair| matches!(pair[0].ch, '.' | '_') && pair[1].ch.is_alphabetic())
                || (name[0].ch.is_alphabetic() && name.iter().any(|cell| cell.ch == '_'));
        !host.is_spelled && (has_sign || matches!(cells.before(start), ':' | '=') || is_labeled(cells, start))
    };
    let is_sure = at.form != Form::Loose
        || host.is_mailbox
        || is_person()
        || (host.is_spelled && is_named())
        || (is_sign() && is_led(cells, start));
    is_sure.then_some((start, host.end))
}

/// Whether `start` is right behind "mail:" or the like.
fn is_labeled(cells: &Cells<'_>, start: usize) -> bool {
    cells.before(start) == ' ' && matches!(cells.before(start - 1), ':' | '=')
}

/// Whether a word before `start` leads to an address.
fn is_led(cells: &Cells<'_>, start: usize) -> bool {
    const LEADS: [&str; 11] = [
        "mail", "contact", "kontakt", "contat", "reach", "write", "schreib", "schrijf", "escrib", "scriv",
        "address",
    ];
    (start.saturating_sub(25)..start).any(|at| LEADS.iter().any(|word| cells.spells(at, word)))
}

/// Where the name starts that ends before the `@`.
fn name_start(cells: &Cells<'_>, at: &At) -> Option<usize> {
    let is_name = |ch: char| is_word(ch) || matches!(ch, '.' | '+' | '-' | '\'' | '’');
    let word = |end: usize| {
        let mut start = end;
        // "r&d@example.nl" is one name. In a link these signs stand between parameters.
        let is_inside = |at: usize| {
            matches!(cells.ch(at), '&' | '%' | '~')
                && cells.zone(at) == Zone::Prose
                && is_word(cells.before(at))
                && is_word(cells.ch(at + 1))
        };
        while start > 0
            && (is_name(cells.ch(start - 1)) || is_inside(start - 1))
            && cells.zone(start - 1) != Zone::Host
        {
            // "or to me....jan@example.nl"
            if cells.ch(start - 1) == '.' && cells.ch(start) == '.' {
                break;
            }
            start -= 1;
        }
        while start < end && !is_word(cells.ch(start)) {
            start += 1;
        }
        start
    };
    let mut start = word(at.name_end);
    let has_letter = cells.row()[start..at.name_end].iter().any(|cell| cell.ch.is_alphanumeric());
    // "@name@host": the sign before it has no word before itself.
    let is_handle = cells.before(start) == '@' && !is_word(cells.before(start - 1));
    if !has_letter || is_handle {
        return None;
    }
    if at.form != Form::Sign {
        // "jan punt jansen apenstaartje …"
        while let Some(before) = dot_before(cells, start) {
            let longer = word(before);
            if longer == before {
                break;
            }
            start = longer;
        }
    }
    Some(start)
}

/// The cell behind the word before a spelled dot that ends before `at`.
fn dot_before(cells: &Cells<'_>, at: usize) -> Option<usize> {
    DOTS.iter().find_map(|word| {
        let start = at.checked_sub(word.len() + 2)?;
        let is_dot = cells.ch(start) == ' ' && cells.before(at) == ' ' && cells.spells(start + 1, word);
        (is_dot && is_word(cells.before(start))).then_some(start)
    })
}

const DOTS: [&str; 6] = ["punkt", "point", "punto", "ponto", "punt", "dot"];

/// What stands behind an `@`.
struct Host {
    end: usize,
    /// With a dot as a word.
    is_spelled: bool,
    is_mailbox: bool,
}

/// The host that starts at `start`.
fn host(cells: &Cells<'_>, start: usize) -> Option<Host> {
    let mut label = start;
    let mut last: Option<(usize, usize)> = None;
    let mut end = None;
    let mut is_spelled = false;
    loop {
        let mut next = label;
        while cells.ch(next).is_alphanumeric()
            || (cells.ch(next) == '-' && cells.ch(next + 1).is_alphanumeric())
        {
            next += 1;
        }
        // "…@united.com.Please": a capital behind a small letter opens the next sentence.
        let row = &cells.row()[label.min(cells.len())..next.min(cells.len())];
        let opens_sentence = end.is_some()
            && is_title(row)
            && last.is_some_and(|(from, to)| !is_title(&cells.row()[from..to]));
        if next == label || opens_sentence {
            break;
        }
        // "…@brief.deTel:": a line end was lost behind what a host may end with.
        let merged =
            (1..row.len()).find(|&at| row[at].ch.is_uppercase() && row[at - 1].ch.is_lowercase()).filter(
                |&at| last.is_some() && TOPS.iter().any(|top| top.len() == at && cells.spells(label, top)),
            );
        if let Some(letters) = merged {
            end = Some(label + letters);
            break;
        }
        // "…@example.nl-team": what ends in a hyphen may be the top as well.
        let letters = row.iter().take_while(|cell| cell.ch.is_alphabetic()).count();
        let is_whole = letters == row.len() || row[letters].ch == '-';
        let top = if cells.spells(label, "xn--") { row.len() } else { letters };
        // "bag@United.Please" has no host.
        let is_prose = end.is_none() && is_title(row) && row.len() > 3 && !cells.spells(label, "info");
        if last.is_some() && is_whole && (2..=24).contains(&letters) && !is_prose {
            end = Some(label + top);
        }
        last = Some((label, next));
        match dot(cells, next, end.is_some()) {
            Some((behind, spelled)) => {
                is_spelled |= spelled;
                label = behind;
            }
            None => break,
        }
    }
    let end = end?;
    let is_mailbox = MAILBOXES.iter().any(|name| {
        cells.spells(start, name) && matches!(cells.ch(start + name.len()), '.' | ' ' | '(' | '[')
    });
    Some(Host { end, is_spelled, is_mailbox })
}

/// The host of whoever leaves its end out: jan.jansen@gmail. Only of what is nothing but mail, and behind a bare "at" or at a
/// company that people speak of ("work@yahoo") only of a name that is a person's.
fn bare_mailbox(cells: &Cells<'_>, at: &At, start: usize) -> Option<Host> {
    const MAIL: [&str; 6] = ["gmail", "googlemail", "hotmail", "icloud", "protonmail", "yahoo"];
    const ROLES: [&str; 14] = [
        "work", "job", "jobs", "team", "life", "help", "support", "info", "people", "news", "careers",
        "sales", "press", "service",
    ];
    let mail = *MAIL.iter().find(|name| cells.spells(at.host, name))?;
    let end = at.host + mail.len();
    let is_whole = !is_word(cells.ch(end)) && cells.ch(end) != '-';
    let is_role = || ROLES.iter().any(|role| role.len() == at.name_end - start && cells.spells(start, role));
    let is_labeled = || is_led(cells, start) && (is_labeled(cells, start) || cells.before(start) == ':');
    let is_person = match (at.form, mail) {
        (Form::Loose, _) => is_persons(cells, start, at.name_end) || is_labeled(),
        (_, "yahoo") => is_persons(cells, start, at.name_end) || is_led(cells, start),
        _ => !is_role(),
    };
    (is_whole && is_person).then_some(Host { end, is_spelled: false, is_mailbox: true })
}

/// Whether a name has parts, as addresses have: `jan.jansen`, `anna_99`. "e.g.", "U.S." and "asp.net" are others.
fn is_persons(cells: &Cells<'_>, start: usize, end: usize) -> bool {
    let name = &cells.row()[start..end];
    let has_parts =
        name.windows(2).any(|pair| matches!(pair[0].ch, '.' | '_') && pair[1].ch.is_alphanumeric());
    let letters = name.iter().filter(|cell| cell.ch.is_alphabetic()).count();
    let dot = name.iter().rposition(|cell| cell.ch == '.');
    let is_host = dot.is_some_and(|dot| {
        TOPS.iter().any(|top| dot + 1 + top.len() == name.len() && cells.spells(start + dot + 1, top))
    });
    has_parts && letters >= 4 && !is_host
}

/// What hosts end with that people write about.
const TOPS: [&str; 34] = [
    "com", "net", "org", "nl", "be", "de", "fr", "uk", "es", "it", "pt", "eu", "ch", "at", "info", "io",
    "br", "ie", "lu", "mx", "co", "ca", "au", "nz", "za", "ar", "cl", "pe", "uy", "ec", "pl", "se", "dk",
    "li",
];

/// The cell behind the dot at `at`, and whether it is a word. A bare word leads only to what a host may end with, or to
/// one more dot; any dot that is spelled does once the host is whole.
fn dot(cells: &Cells<'_>, at: usize, is_whole: bool) -> Option<(usize, bool)> {
    if cells.ch(at) == '.' {
        return Some((at + 1, false));
    }
    let open = over_space(cells, at);
    let bracket = usize::from(matches!(cells.ch(open), '(' | '[' | '{'));
    if open == at && bracket == 0 {
        return None;
    }
    let word = over_space(cells, open + bracket);
    let word = if bracket == 0 { open } else { word };
    let length = match cells.ch(word) {
        '.' => 1,
        _ => DOTS.iter().find(|dot| cells.spells(word, dot))?.len(),
    };
    let close = if bracket == 1 { over_space(cells, word + length) } else { word + length };
    if bracket == 1 && !matches!(cells.ch(close), ')' | ']' | '}') {
        return None;
    }
    let behind = over_space(cells, close + bracket);
    if bracket == 0 && behind == close {
        return None;
    }
    let is_top =
        || TOPS.iter().any(|top| cells.spells(behind, top) && !is_word(cells.ch(behind + top.len())));
    let has_dot = || {
        let next = (behind..behind + 64).find(|&at| !cells.ch(at).is_alphanumeric()).unwrap_or(behind);
        let is_word_dot = || cells.ch(next) == ' ' && DOTS.iter().any(|dot| cells.spells(next + 1, dot));
        next > behind && ((cells.ch(next) == '.' && cells.ch(next + 1).is_alphabetic()) || is_word_dot())
    };
    // "jan @ example . nl", but a full stop may end a sentence.
    if bracket == 0 && cells.ch(word) == '.' {
        let leads_on = !is_whole && cells.ch(behind).is_lowercase() && is_top();
        return leads_on.then_some((behind, true));
    }
    let is_loud = bracket == 0 && is_shouted(cells, word, "dot") && cells.ch(behind).is_lowercase();
    let leads_on = is_top() || is_loud || bracket == 1 || (!is_whole && has_dot());
    leads_on.then_some((behind, true))
}

/// Whether a word has a capital and then small letters.
fn is_title(word: &[Cell]) -> bool {
    matches!(word, [head, rest @ ..] if head.ch.is_uppercase() && rest.iter().any(|cell| cell.ch.is_lowercase()))
        && !word.iter().any(|cell| is_wall(cell.ch))
}
