//! Which phrases of a text could name a problem? Short ones that begin and end with a word that means something, as
//! somebody would say them aloud: "lost my bags" as "lost bags".

use super::words::{Word, Words, runs};
use crate::model::Language;
use crate::text::Memo;

/// Words with a meaning of their own in a phrase at most.
const MOST_TELLING: usize = 3;

/// Words without one that may stand between two.
const MOST_BETWEEN: usize = 3;

/// Words of a phrase as it is said.
const MOST_SAID: usize = 4;

/// A phrase that could be a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Candidate {
    /// Its stems, sorted: "flight delayed" and "delayed flights" are one.
    pub(super) stems: Vec<String>,
    /// As it is said.
    pub(super) said: String,
    /// Words of it that mean nothing alone.
    pub(super) small: usize,
    /// No word fell out.
    pub(super) is_whole: bool,
    /// A word that means something follows at once.
    pub(super) is_cut: bool,
    /// One stands before it.
    pub(super) is_cut_before: bool,
}

/// Words that fall out where a phrase is made short: articles, owners, and the verbs that only carry a tense.
fn silent(language: Language) -> &'static str {
    match language {
        Language::English => {
            " a an the my your our his her its their this that these those me us him them it is are was were be been \
             being has have had so very really just all any some got get "
        }
        Language::Dutch => {
            " de het een 't 'n mijn m'n je jouw jullie uw ons onze zijn z'n haar hun dit dat deze die is was ben bent waren wordt worden werd werden heb heeft hebben had al zo heel erg eens er nu ook maar toch \
             even wel nog "
        }
        Language::German => {
            " der die das den dem des ein eine einen einem einer mein meine meinen meinem meiner ihr ihre unser unsere \
             dieser diese dieses ist war sind waren wird wurde wurden habe hat haben hatte so sehr auch "
        }
        Language::French => {
            " le la les l' un une des du mon ma mes ton ta tes votre vos notre nos son sa ses leur leurs ce cet cette ces \
             est était été sont a ai avez ont très si "
        }
        Language::Spanish => {
            " el la los las un una unos unas mi mis su sus nuestro nuestra este esta esto ese esa es son fue era está \
             estaba he ha han había muy me se "
        }
        Language::Italian => {
            " il lo la i gli le l' un uno una mio mia miei mie suo sua vostro vostra questo questa è era sono stato stata \
             ho ha hanno molto mi si "
        }
        Language::Portuguese => {
            " o a os as um uma meu minha meus minhas seu sua seus suas este esta esse essa é era foi são está estava \
             muito me se "
        }
        Language::Other => "",
    }
}

/// What comes of which: "all of my bags" is said as "bags", "validation of the debt" is not as "validation debt".
const QUANTITIES: &str = " all any some one none most both half each out lot lots kind sort bunch ";

/// Words that need the one behind them, small as it is: "must be removed", "sent to a friend".
fn modal(language: Language) -> &'static str {
    match language {
        Language::English => {
            " must should will would can could may might cannot can't won't wouldn't shouldn't couldn't to not never "
        }
        Language::Dutch => " moet moeten kan kunnen zal zullen zou zouden mag mogen te ",
        Language::German => " muss müssen kann können soll sollen darf zu ",
        Language::French => " doit doivent peut peuvent ",
        Language::Spanish => " debe deben puede pueden ",
        Language::Italian => " deve devono può possono ",
        Language::Portuguese => " deve devem pode podem ",
        Language::Other => "",
    }
}

/// Languages in which a preposition wants the article behind it.
fn needs_articles(language: Language) -> bool {
    matches!(language, Language::French | Language::Italian | Language::Portuguese | Language::Spanish)
}

/// Words that begin something else: who does it, or why.
fn dividing(language: Language) -> &'static str {
    match language {
        Language::English => {
            " i we you he she they i'm i've i'd i'll we've we're you've you're they're who which what but or because cause \
             if when while than as where why how whether until since after before "
        }
        Language::Dutch => {
            " ik jij u we wij hij zij ze wie wat maar of want omdat als toen dus dan terwijl waarom hoe "
        }
        Language::German => " ich du er sie es wir ihr wer was aber oder weil wenn dass als warum wie ",
        Language::French => {
            " je j' tu il elle on nous vous ils elles qui que qu' mais ou si quand pourquoi comment "
        }
        Language::Spanish => " yo tú él ella ellos que quien pero o si cuando porque como ",
        Language::Italian => " io tu lui lei noi voi loro che chi ma o se quando perché come ",
        Language::Portuguese => " eu ele ela nós eles que quem mas ou se quando porque como ",
        Language::Other => "",
    }
}

/// Words that say that something is done, and not what; how long, in short; or how the writer feels about it.
const WEAK: &str = " try trying tried tries want need going able manage managed possible happening happen happens \
                    believe sure understand happy attached attach enclosed resulted resulting graag probeer proberen geprobeerd lukt min mins hr hrs std ";

/// Words that only say how angry somebody is.
const ANGRY: &str = " fuck fucking fuckin fucked wtf ffs shit shitty damn damned bloody hell crap goddamn ass \
                     kut klote fck godver godverdomme verdomme tering kanker scheiße scheisse verdammt verdammte \
                     putain merde bordel mierda joder puta cazzo merda porra ";

/// Words that need another behind them.
fn open(language: Language) -> &'static str {
    match language {
        Language::English => {
            " no not never none without still yet longer nor cannot can't cant don't dont won't wont didn't didnt doesn't \
             doesnt isn't isnt wasn't wasnt aren't couldn't haven't hasn't hadn't wouldn't shouldn't ain't hardly barely \
             every new getting different another long due good great bad worst best better \
             told call called "
        }
        Language::Dutch => {
            " niet geen nooit nog zonder weer alweer steeds niets niks nee niemand nergens nauwelijks amper nie graag \
             zeer goed goede slecht slechte nieuwe nieuw beter lang lange hele gaat gaan komt komen moet moeten kan kunnen \
             krijg krijgt krijgen staat "
        }
        Language::German => {
            " nicht kein keine keinen keinem keiner nie niemals nichts ohne noch wieder immer kaum gut neue "
        }
        Language::French => {
            " ne n' ni aucun aucune sans non encore toujours jamais rien plus pas bien bon bonne nouveau nouvelle "
        }
        Language::Spanish => " no nunca nada sin ni nadie ningún ninguna jamás tampoco aún todavía bien ",
        Language::Italian => " non no mai niente nulla senza ne nessuno nessuna neanche ancora bene ",
        Language::Portuguese => " não nao nunca nada sem nem nenhum nenhuma ninguém ainda bem ",
        Language::Other => "",
    }
}

/// What ends a negation that "ne" began, or that nothing did: "ne fonctionne pas", "marche plus".
const NEGATION_ENDS: &str = " pas plus rien jamais ";

/// Particles that belong to the verb before them,
const PARTICLES: &str = " up out down ";

/// and those that do unless they begin what follows: "log in", but "sitting on the plane".
const PREPOSITIONS: &str = " in off on ";

/// Words that are stop words and still tell something at the end of a name.
const TELLING: &str = " twice ";

fn is_in(list: &str, word: &str) -> bool {
    list.match_indices(word)
        .any(|(at, _)| list[..at].ends_with(' ') && list[at + word.len()..].starts_with(' '))
}

/// The candidates of a text, each once. `is_left_out` are stems that no name may have.
pub(super) fn candidates(
    text: &str,
    language: Language,
    words: &Words,
    memo: &mut Memo,
    is_left_out: impl Fn(&str) -> bool,
) -> Vec<Candidate> {
    let mut found = Vec::new();
    for run in runs(text, language, memo) {
        for first in 0..run.len() {
            from(&run, first, language, words, &is_left_out, &mut found);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Those that begin with the word of `run` at `first`.
fn from(
    run: &[Word],
    first: usize,
    language: Language,
    words: &Words,
    is_left_out: &impl Fn(&str) -> bool,
    found: &mut Vec<Candidate>,
) {
    let continues =
        |word: &Word| is_meant(word) && !is_in(open(language), &word.text) && !is_left_out(&word.stem);
    let is_cut_before = first.checked_sub(1).is_some_and(|before| continues(&run[before]));
    let run = &run[first..];
    let mut stems: Vec<&str> = Vec::new();
    let mut said: Vec<&str> = Vec::new();
    let (mut between, mut small) = (0, 0);
    for (at, word) in run.iter().enumerate() {
        let is_telling = is_meant(word);
        if is_blank(word) {
            return;
        }
        if word.is_joined {
            if at == 0 {
                return;
            }
            said.push("&");
        }
        if is_telling {
            if is_left_out(&word.stem) || stems.contains(&word.stem.as_str()) {
                return;
            }
            between = 0;
            stems.push(&word.stem);
            said.push(words.written(&word.text));
        } else {
            between += 1;
            if at == 0 || between > MOST_BETWEEN || is_in(dividing(language), &word.text) {
                return;
            }
            // "n'est plus" without its verb and "bloqué à étape" would be no French, nor "must removed" English.
            let before = &run[at - 1].text;
            let is_behind_small = needs_articles(language) && said.last() == Some(&before.as_str());
            let is_held = before.ends_with('\'')
                || is_in(modal(language), before)
                || (is_behind_small && !is_meant(&run[at - 1]));
            let is_of = language == Language::English && word.text == "of";
            if is_of {
                if !is_in(QUANTITIES, before) {
                    said.push(&word.text);
                }
            } else if is_held || !is_in(silent(language), &word.text) {
                said.push(&word.text);
                small += 1;
            }
        }
        let negations = stems.iter().filter(|stem| is_negation(language, stem)).count();
        if stems.len() - negations.min(1) > MOST_TELLING || said.len() - negations.min(1) > MOST_SAID {
            return;
        }
        let is_held = run.get(at + 1).is_some_and(|next| next.is_joined);
        let is_open = |word: &Word| is_in(open(language), &word.text);
        let ends_negation = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| run.get(before));
            let is_end = |word: &Word| language == Language::French && is_in(NEGATION_ENDS, &word.text);
            run.get(at).is_some_and(is_end)
                && before.is_some_and(|before| is_meant(before) && !is_open(before))
        };
        if !is_telling || is_held || (is_open(word) && !ends_negation(at)) {
            continue;
        }
        let mut sorted: Vec<String> = stems.iter().map(|stem| (*stem).to_owned()).collect();
        sorted.sort_unstable();
        let particle = run.get(at + 1).filter(|next| {
            let is_open = |after: &Word| is_meant(after) || is_in(silent(language), &after.text);
            let is_alone = !run.get(at + 2).is_some_and(is_open);
            let is_particle = is_in(PARTICLES, &next.text) || (is_alone && is_in(PREPOSITIONS, &next.text));
            language == Language::English && next.is_stopword && is_particle
        });
        let is_whole = said.iter().filter(|said| **said != "&").count() == at + 1;
        let mut said = said.join(" ").replace("' ", "'");
        if let Some(particle) = particle {
            said = format!("{said} {}", particle.text);
        }
        let is_cut = run.get(at + 1).is_some_and(continues) || (negations > 0 && ends_negation(at + 1));
        found.push(Candidate { stems: sorted, said, small, is_whole, is_cut, is_cut_before });
    }
}

/// Whether a word only says when or how long.
pub(super) fn is_time(language: Language, word: &str) -> bool {
    let list = match language {
        Language::English => {
            " second seconds minute minutes min mins hour hours hr hrs day days week weeks month months year years time \
             times half couple night weekend "
        }
        Language::Dutch => {
            " seconde seconden minuut minuten min uur uren dag dagen week weken maand maanden jaar jaren keer half paar tijd "
        }
        Language::German => {
            " minute minuten min stunde stunden std tag tage tagen woche wochen monat monate monaten jahr jahre jahren mal \
             zeit halbe paar "
        }
        Language::French => {
            " minute minutes heure heures jour jours semaine semaines mois an ans année années fois demi "
        }
        Language::Spanish => {
            " minuto minutos hora horas día días dia dias semana semanas mes meses año años vez veces media "
        }
        Language::Italian => {
            " minuto minuti ora ore giorno giorni settimana settimane mese mesi anno anni volta volte mezz "
        }
        Language::Portuguese => {
            " minuto minutos hora horas dia dias semana semanas mês meses ano anos vez vezes meia "
        }
        Language::Other => "",
    };
    is_in(list, word)
}

/// Whether a stem only says that something else is not.
fn is_negation(language: Language, stem: &str) -> bool {
    language == Language::French && matches!(stem, "ne" | "n'" | "n’")
}

/// Whether a word stands for what a source left out, as `XXXX`.
fn is_blank(word: &Word) -> bool {
    word.text.len() > 1 && word.text.chars().all(|letter| letter.eq_ignore_ascii_case(&'x'))
}

/// Whether a word says something about a problem.
fn is_meant(word: &Word) -> bool {
    let is_word = word.stem.chars().count() > 1 && word.stem.chars().any(char::is_alphabetic);
    is_word
        && (!word.is_stopword || is_in(TELLING, &word.text))
        && !is_in(WEAK, &word.text)
        && !is_in(ANGRY, &word.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, language: Language, expect: &[&str]) {
        let words = Words::default();
        let found = candidates(text, language, &words, &mut Memo::default(), |stem| stem == "vliegwel");
        let mut said: Vec<&str> = found.iter().map(|candidate| candidate.said.as_str()).collect();
        said.sort_unstable();
        assert_eq!(said, expect, "{text}");
    }

    #[test]
    fn a_name_begins_and_ends_with_what_means_something() {
        check("you LOST all of my bags", Language::English, &["bags", "lost", "lost bags"]);
        check("@United lost. My #bags", Language::English, &["lost"]);
        check(
            "Vliegwel cancelled the flight",
            Language::English,
            &["cancelled", "cancelled flight", "flight"],
        );
        check("my bag was not", Language::English, &["bag"]);
        check(
            "validation of the debt, some of my bags",
            Language::English,
            &["bags", "debt", "validation", "validation of debt"],
        );
        check("my DOB XXXX my SS", Language::English, &["dob", "ss"]);
        check("I was charged twice", Language::English, &["charged", "charged twice", "twice"]);
        check("this fucking phone", Language::English, &["phone"]);
        check("Track & trace laadt", Language::Dutch, &["laadt", "track & trace", "track & trace laadt"]);
        check("na 40 min wachten", Language::Dutch, &["wachten"]);
        check(
            "ne répondent jamais",
            Language::French,
            &["ne répondent", "ne répondent jamais", "répondent", "répondent jamais"],
        );
        check("bloquée à l'étape", Language::French, &["bloquée", "bloquée à l'étape", "étape"]);
        check("cannot log in", Language::English, &["cannot log in", "log in"]);
        check(
            "hij heeft niet eens aangebeld, zag de bezorger",
            Language::Dutch,
            &["aangebeld", "bezorger", "niet aangebeld", "zag", "zag bezorger"],
        );
    }

    #[test]
    fn small_words_stay_where_a_phrase_would_be_no_grammar_without_them() {
        let words = Words::default();
        let found = |text: &str, said: &str| {
            let all = candidates(text, Language::English, &words, &mut Memo::default(), |_| false);
            all.into_iter().find(|candidate| candidate.said == said)
        };
        assert!(found("these accounts must be removed", "accounts must be removed").is_some());
        assert!(found("I sent money to a friend", "money to a friend").is_some());
    }

    #[test]
    fn a_phrase_knows_that_its_end_is_missing() {
        let words = Words::default();
        let all = candidates("a rude gate agent", Language::English, &words, &mut Memo::default(), |_| false);
        let is_cut =
            |said: &str| all.iter().find(|candidate| candidate.said == said).map(|found| found.is_cut);
        assert_eq!((is_cut("rude gate"), is_cut("gate agent")), (Some(true), Some(false)));
        let is_cut_before =
            |said: &str| all.iter().find(|candidate| candidate.said == said).map(|found| found.is_cut_before);
        assert_eq!((is_cut_before("rude gate"), is_cut_before("gate agent")), (Some(false), Some(true)));
    }

    #[test]
    fn the_order_of_words_does_not_matter() {
        let words = Words::default();
        let stems = |text: &str| {
            candidates(text, Language::English, &words, &mut Memo::default(), |_| false)
                .pop()
                .map(|last| last.stems)
        };
        assert_eq!(
            stems("delayed flights"),
            stems("flight was delayed").map(|stems| stems.into_iter().collect())
        );
    }
}
