//! How does it sound when somebody writes? Puts the parts of a shape together and roughens them as people do.

use crate::model::Language;

use super::phrase::{Phrase, Speaker};
use super::random::Random;
use super::scenario::{Brand, Medium, Phrases, Story, Tone, Topic};

/// Somebody about to write something.
pub(super) struct Voice<'a> {
    pub(super) story: &'a Story,
    pub(super) random: &'a mut Random,
    pub(super) language: Language,
    pub(super) medium: Medium,
    pub(super) tone: Tone,
    pub(super) topic: &'a Topic,
    /// What the language says about the topic.
    pub(super) phrases: &'a Phrases,
    pub(super) brand: Option<&'a Brand>,
    pub(super) home: &'a str,
    /// The brand was named already.
    pub(super) has_named: bool,
    /// What was drawn for the [`STICKY`] slots.
    pub(super) said: Vec<(&'static str, String)>,
}

/// Slots that mean one thing throughout a post: a lost lamp does not become a tent two sentences on.
const STICKY: [&str; 3] = ["item", "shop", "code"];

impl Speaker for Voice<'_> {
    fn fill(&mut self, slot: &str, out: &mut String, depth: usize) {
        match slot {
            "brand" => self.name_brand(out),
            "rival" => {
                let own = self.brand.map(|brand| &brand.id);
                let rivals: Vec<&Brand> =
                    self.story.brands.iter().filter(|brand| Some(&brand.id) != own).collect();
                if let Some(rival) = self.random.pick(&rivals) {
                    out.push_str(&rival.name);
                }
            }
            "home" => out.push_str(self.home),
            "answer" => {
                let known = &self.phrases.answer;
                // A question wants its answer; to a complaint anything soothing may be said.
                let any = known.is_empty() || (self.tone != Tone::Question && self.random.chance(0.25));
                let list = if any { self.words("answer_any") } else { known };
                self.write_one(list, out, depth);
            }
            _ => match STICKY.into_iter().find(|sticky| *sticky == slot) {
                Some(sticky) => self.write_sticky(sticky, out, depth),
                None => self.write_one(self.words(slot), out, depth),
            },
        }
    }

    fn random(&mut self) -> &mut Random {
        self.random
    }
}

impl<'a> Voice<'a> {
    /// What is written, with the brand in it.
    pub(super) fn text(&mut self) -> String {
        let shapes = self.story.shapes.get(&self.medium).and_then(|tones| tones.get(&self.tone));
        let shape = shapes.and_then(|shapes| self.random.pick(shapes)).map_or("say", String::as_str);
        let is_social = self.medium == Medium::Social;
        let mut parts = String::new();
        for part in shape.split_whitespace() {
            let list = self.part(part);
            let mut sentence = String::new();
            // Two draws of a list may be the same: then once more, then without.
            for _ in 0..2 {
                sentence.clear();
                self.write_one(list, &mut sentence, 0);
                if !parts.contains(&capital(&sentence)) && !parts.contains(&sentence) {
                    push_sentence(&mut parts, &sentence);
                    break;
                }
            }
        }
        if !is_social {
            return parts;
        }
        if self.tone != Tone::Plain {
            self.address(&mut parts);
            self.decorate(&mut parts);
            self.roughen(&mut parts);
        }
        parts
    }

    /// A headline, if the language has one for the topic.
    pub(super) fn title(&mut self) -> Option<String> {
        let mut title = String::new();
        self.write_one(&self.phrases.title, &mut title, 0);
        (!title.is_empty()).then(|| capital(&title))
    }

    /// What the brand's desk answers to `handle`.
    pub(super) fn response(&mut self, handle: &str, signed: &str) -> Option<String> {
        let tone = match self.tone {
            Tone::Sarcasm | Tone::Plain | Tone::Complaint => Tone::Complaint,
            other => other,
        };
        let mut text = String::new();
        self.write_one(self.words(&format!("respond_{}", tone.as_str())), &mut text, 0);
        if text.is_empty() {
            return None;
        }
        let mut tidy = String::new();
        push_sentence(&mut tidy, &capital_sentences(&text));
        if self.medium == Medium::Social {
            tidy.insert_str(0, &format!("@{handle} "));
        }
        tidy.push_str(" ^");
        tidy.push_str(signed);
        Some(tidy)
    }

    /// What the customer writes back.
    pub(super) fn follow_up(&mut self) -> Option<String> {
        let mut text = String::new();
        self.write_one(self.words("reply"), &mut text, 0);
        if text.is_empty() {
            return None;
        }
        let mut tidy = String::new();
        push_sentence(&mut tidy, &text);
        if let Some(brand) = self.brand.filter(|_| self.medium == Medium::Social) {
            tidy.insert_str(0, &format!("@{} ", brand.handle));
        }
        Some(tidy)
    }

    fn words(&self, name: &str) -> &'a [Phrase] {
        let story: &'a Story = self.story;
        story.words.get(&self.language).and_then(|words| words.get(name)).map_or(&[], Vec::as_slice)
    }

    fn part(&self, part: &str) -> &'a [Phrase] {
        let phrases: &'a Phrases = self.phrases;
        let toned = self.words(&format!("{part}_{}", self.tone.as_str()));
        match part {
            "say" => &phrases.say,
            "sarcasm" => &phrases.sarcasm,
            "more" if phrases.more.is_empty() => toned,
            "more" => &phrases.more,
            "detail" if !self.topic.about_parcel => &phrases.more,
            _ if toned.is_empty() => self.words(part),
            _ => toned,
        }
    }

    fn write_one(&mut self, list: &[Phrase], out: &mut String, depth: usize) {
        let mut phrase = self.random.pick(list);
        // Who has called the brand by its name does so again less often.
        if self.has_named && phrase.is_some_and(|phrase| phrase.has_slot("brand")) {
            phrase = self.random.pick(list);
        }
        if let Some(phrase) = phrase {
            phrase.write(out, self, depth);
        }
    }

    fn write_sticky(&mut self, slot: &'static str, out: &mut String, depth: usize) {
        if let Some((_, said)) = self.said.iter().find(|(known, _)| *known == slot) {
            out.push_str(said);
            return;
        }
        let mut word = String::new();
        self.write_one(self.words(slot), &mut word, depth);
        out.push_str(&word);
        self.said.push((slot, word));
    }

    fn name_brand(&mut self, out: &mut String) {
        let Some(brand) = self.brand else { return };
        // Nobody writes a handle twice in a post; they go on with the name.
        let by_handle = self.medium == Medium::Social && !self.has_named;
        if by_handle && self.random.chance(self.story.chances.handle) {
            out.push('@');
            out.push_str(&brand.handle);
        } else {
            out.push_str(&brand.name);
        }
        self.has_named = true;
    }

    /// Names the brand before or behind, if it was not named yet.
    fn address(&mut self, text: &mut String) {
        let Some(brand) = self.brand.filter(|_| !self.has_named) else { return };
        self.has_named = true;
        if self.random.chance(0.55) {
            let rest = if self.random.chance(0.4) { lower_first(text) } else { std::mem::take(text) };
            *text = format!("@{} {rest}", brand.handle);
        } else {
            text.push_str(match self.random.below(4) {
                0 => " cc",
                _ => "",
            });
            match &brand.tag {
                Some(tag) if self.random.chance(0.4) => text.extend([" #", tag]),
                _ => text.extend([" @", &brand.handle]),
            }
        }
    }

    /// Adds tags and emoji.
    fn decorate(&mut self, text: &mut String) {
        if self.random.chance(self.story.chances.tag)
            && let Some(tag) = self.random.pick(&self.phrases.tags)
        {
            text.push_str(" #");
            text.push_str(tag);
        }
        if self.random.chance(self.story.chances.emoji)
            && let Some(emoji) = self.story.emoji.get(&self.tone).and_then(|list| self.random.pick(list))
        {
            text.push(' ');
            text.push_str(emoji);
            if self.random.chance(0.2) {
                text.push_str(emoji);
            }
        }
    }

    /// Makes haste and temper show.
    fn roughen(&mut self, text: &mut String) {
        let chances = &self.story.chances;
        if self.random.chance(chances.stretch)
            && let Some(words) = self.story.stretch.get(&self.language)
            && let Some(word) = self.random.pick(words)
        {
            *text = stretch(text, word, self.random.below(4) + 2);
        }
        if self.random.chance(chances.typo) {
            *text = typo(text, self.random);
        }
        if text.ends_with('.') {
            if self.random.chance(chances.no_full_stop) {
                text.pop();
            } else if self.random.chance(0.12) {
                text.pop();
                text.push_str(["!", "!!", "!!!", "..."][self.random.below(4) as usize]);
            }
        }
        if self.random.chance(chances.lower_case) {
            *text = text.to_lowercase();
        } else if self.random.chance(chances.upper_case) {
            *text = shout(text);
        }
    }
}

/// Appends a sentence: a capital after a full stop, a full stop where none is.
fn push_sentence(out: &mut String, sentence: &str) {
    let sentence = sentence.trim();
    if sentence.is_empty() {
        return;
    }
    let goes_on = out.ends_with([',', ':']);
    if !out.is_empty() {
        out.push(' ');
    }
    if goes_on {
        out.push_str(sentence);
    } else {
        out.push_str(&capital(sentence));
    }
    let is_tag = sentence.rsplit(' ').next().is_some_and(|word| word.starts_with('#'));
    if !is_tag && sentence.ends_with(|c: char| c.is_alphanumeric() || c == '\'' || c == ')') {
        out.push('.');
    }
}

/// With a capital first, unless it begins with a handle or tag.
fn capital(text: &str) -> String {
    let at = text.find(|c: char| c != '\'').unwrap_or(0);
    // Dutch `'s avonds` keeps its small letter; a quotation does not.
    if at == 1 && text[1..].starts_with("s ") {
        return text.to_owned();
    }
    let mut rest = text[at..].chars();
    match rest.next() {
        Some(first) => text[..at].chars().chain(first.to_uppercase()).chain(rest).collect(),
        None => text.to_owned(),
    }
}

/// With a capital after each full stop, a small letter after a comma, and blanks single.
fn capital_sentences(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let after = out.chars().next_back();
        if !out.is_empty() {
            out.push(' ');
        }
        match after {
            None | Some('.' | '!' | '?') => out.push_str(&capital(word)),
            Some(',') => out.push_str(&lower_first(word)),
            Some(_) => out.push_str(word),
        }
    }
    out
}

/// With a small letter first, unless the first word is an abbreviation or the English `I`.
fn lower_first(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or("");
    let mut chars = text.chars();
    match chars.next() {
        Some(first)
            if word != "I" && !word.starts_with("I'") && !word.chars().skip(1).any(char::is_uppercase) =>
        {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

/// Draws out the last vowel of the first such word.
fn stretch(text: &str, word: &str, by: u32) -> String {
    let mut is_done = false;
    let words = text.split(' ').map(|found| {
        let bare = found.trim_matches(|c: char| !c.is_alphanumeric());
        let at = found.to_lowercase().rfind(['a', 'e', 'i', 'o', 'u', 'y']);
        match at {
            Some(at) if !is_done && bare.eq_ignore_ascii_case(word) && found.is_char_boundary(at + 1) => {
                is_done = true;
                let vowel = &found[at..=at];
                format!("{}{}{}", &found[..=at], vowel.repeat(by as usize), &found[at + 1..])
            }
            _ => found.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Swaps, drops or doubles a letter within one longer word, and leaves names, numbers and tags alone.
fn typo(text: &str, random: &mut Random) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let fit: Vec<usize> = (0..words.len())
        .filter(|at| words[*at].len() > 4 && words[*at].bytes().all(|byte| byte.is_ascii_lowercase()))
        .collect();
    if let Some(at) = random.pick(&fit) {
        let word = &mut words[*at];
        let inner = 1 + random.below(u32::try_from(word.len()).unwrap_or(5) - 3) as usize;
        match random.below(3) {
            0 => {
                let letter = word.remove(inner);
                word.insert(inner + 1, letter);
            }
            1 => {
                word.remove(inner);
            }
            _ => {
                let letter = word[inner..=inner].to_owned();
                word.insert_str(inner, &letter);
            }
        }
    }
    words.join(" ")
}

/// In capitals, handles and tags excepted.
fn shout(text: &str) -> String {
    let words = text
        .split(' ')
        .map(|word| if word.starts_with(['@', '#']) { word.to_owned() } else { word.to_uppercase() });
    words.collect::<Vec<_>>().join(" ")
}
