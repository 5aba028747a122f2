//! What is heard in posts of our own, by language: whom they leave, whom they blame, what they want, what is an alarm.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::analysis::brands::BrandMatcher;
use crate::model::{Brand, Role, Says};

static MATCHER: LazyLock<BrandMatcher> = LazyLock::new(|| {
    let names =
        ["kpn", "ziggo", "odido", "delta", "united", "salt", "sunrise", "orange", "sosh", "vodafone", "ing"];
    BrandMatcher::new(&names.map(|name| {
        let own = vec![name.to_owned()];
        Brand {
            id: BrandId::new(name).unwrap(),
            name: name.to_owned(),
            role: Role::Competitor,
            aliases: own.clone(),
            ambiguous: Vec::new(),
            near: Vec::new(),
            never_near: Vec::new(),
            handles: own.clone(),
            accounts: Vec::new(),
            guidance: None,
            hashtags: own,
        }
    }))
});

/// What a post is heard to mean, `complaint` being what the learned weights would say of it.
fn hear(kind: Kind, language: Language, title: Option<&str>, text: &str, complaint: f32) -> Meaning {
    let sentiment = if complaint > 0.5 { -0.5 } else { 0.1 };
    hear_felt(kind, language, title, text, complaint, sentiment)
}

/// The same, with what they would say of how it is felt.
fn hear_felt(
    kind: Kind,
    language: Language,
    title: Option<&str>,
    text: &str,
    complaint: f32,
    sentiment: f32,
) -> Meaning {
    let named = MATCHER.named(title, text);
    let title = title.map(|title| Reading::new(title, language));
    let text = Reading::new(text, language);
    let about = named.mentions.clone();
    let context = Context {
        title: title.as_ref(),
        text: &text,
        language,
        kind,
        named: &named,
        about: &about,
        complaint,
        sentiment,
    };
    let meaning = meaning(&context);
    for evidence in &meaning.evidence {
        let reading = if evidence.is_in_title { title.as_ref().unwrap() } else { &text };
        assert!(!reading.text[evidence.start..evidence.end].is_empty());
    }
    meaning
}

fn id(brand: Option<&BrandId>) -> &str {
    brand.map_or("-", BrandId::as_str)
}

/// Hears all of `cases`, and names every one that is not heard as it should be.
#[track_caller]
fn check<T: PartialEq + std::fmt::Debug>(cases: &[(&str, T)], heard: impl Fn(&str) -> T) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, expect)| (text, heard(text), expect))
        .filter(|(_, heard, expect)| heard != *expect)
        .collect();
    assert!(wrong.is_empty(), "(text, heard, expected): {wrong:#?}");
}

/// Each with `from>to`, with `-` for a brand that is not named; or with nothing where nobody leaves.
#[track_caller]
fn switches(language: Language, cases: &[(&str, &str)]) {
    let cases: Vec<_> = cases.iter().map(|(text, expect)| (*text, (*expect).to_owned())).collect();
    check(&cases, |text| {
        let meaning = hear(Kind::Post, language, None, text, 0.4);
        let leaves = meaning.intent == Intent::AnnouncingSwitch
            || meaning.signals.contains(&Signal::ThreatToLeave)
            || meaning.switch != Switch::default();
        let switch = &meaning.switch;
        if leaves {
            format!("{}>{}", id(switch.from.as_ref()), id(switch.to.as_ref()))
        } else {
            String::new()
        }
    });
}

#[track_caller]
fn targets(language: Language, cases: &[(&str, &str)]) {
    let cases: Vec<_> = cases.iter().map(|(text, expect)| (*text, (*expect).to_owned())).collect();
    check(&cases, |text| id(hear(Kind::Post, language, None, text, 0.9).target.as_ref()).to_owned());
}

/// Each is heard as no complaint, or as one if it ends with ` !!`.
#[track_caller]
fn intents(language: Language, cases: &[(&str, Intent)]) {
    check(cases, |text| {
        let (text, complaint) = text.strip_suffix(" !!").map_or((text, 0.1), |text| (text, 0.9));
        hear(Kind::Post, language, None, text, complaint).intent
    });
}

#[track_caller]
fn signals(language: Language, cases: &[(&str, &[Signal])]) {
    let cases: Vec<_> = cases.iter().map(|(text, expect)| (*text, expect.to_vec())).collect();
    check(&cases, |text| hear(Kind::Post, language, None, text, 0.9).signals);
}

#[test]
fn who_leaves_is_heard_in_dutch() {
    switches(
        Language::Dutch,
        &[
            ("Ik heb mijn abonnement bij KPN opgezegd, over naar Ziggo", "kpn>ziggo"),
            ("ik zeg mijn abonnement op, @KPN. Er klaar mee!", "kpn>-"),
            ("@KPN ben er klaar mee, stap over naar Odido", "kpn>odido"),
            ("exit KPN", "kpn>-"),
            ("dag Ziggo, hallo KPN!", "ziggo>kpn"),
            ("Nooit meer KPN, wat een drama", "kpn>-"),
            ("Als jullie dit niet oplossen ben ik weg @KPN", "kpn>-"),
            ("Ik wil opzeggen bij Ziggo, hoe doe ik dat?", "ziggo>-"),
            ("na 20 jaar trouwe klant stap ik over naar een ander", "->-"),
            ("ik overweeg om over te stappen", "->-"),
            ("Vorig jaar overgestapt naar Odido, beste keuze ooit", "->odido"),
            ("Ziggo is te duur, ik ga naar Odido", "ziggo>odido"),
            ("KPN verlaten voor Ziggo, beste keuze ooit", "kpn>-"),
            ("Ik blijf lekker bij KPN", ""),
            ("We gaan niet overstappen hoor", ""),
            ("Moet ik overstappen naar Ziggo?", ""),
            ("Je moet overstappen naar Odido, veel beter dan KPN", ""),
            ("Ik ga naar de Ziggo winkel", ""),
            ("KPN schrijft gewoon door terwijl ik in maart heb opgezegd", ""),
            ("KPN heeft mijn opzegging niet verwerkt", ""),
            ("Hallo KPN, kunnen jullie helpen?", ""),
            ("Ik vertrek morgen naar Spanje, heb ik daar bereik?", ""),
            ("geen storing meer gehad bij KPN", ""),
            ("geen storing meer bij ziggo, top", ""),
            ("Geen storing meer bij Ziggo en geen traag internet meer sinds de monteur langskwam", ""),
            ("nooit meer problemen met KPN gehad", ""),
            ("geen klant meer bij KPN", "kpn>-"),
            ("KPN stuurde mijn pakket naar een ander", ""),
            ("KPN lekt mijn gegevens naar een ander", ""),
            ("Dan ga ik naar een ander", "->-"),
            ("Stap over van Ziggo naar KPN, eindelijk af van het gedoe", "ziggo>kpn"),
            ("Overgestapt van KPN naar Ziggo, had nooit moeten doen, Ziggo is een drama", "kpn>ziggo"),
        ],
    );
}

#[test]
fn who_leaves_is_heard_in_english() {
    switches(
        Language::English,
        &[
            ("I'm leaving Salt for Sunrise", "salt>sunrise"),
            ("left KPN for Ziggo, best choice ever", "kpn>ziggo"),
            ("Goodbye Salt, hello Sunrise!", "salt>sunrise"),
            ("cancelled my Salt contract today", "salt>-"),
            ("@united never flying with you again", "united>-"),
            ("If nothing changes I will leave @KPN", "kpn>-"),
            ("you just lost a loyal customer @delta", "delta>-"),
            ("I want to quit", "->-"),
            ("switched to Sunrise last year, best choice I've made", "->sunrise"),
            ("@sunrise I am leaving Salt and joining you", "salt>sunrise"),
            ("thinking about ditching Vodafone", "vodafone>-"),
            ("You should switch to Salt", ""),
            ("Should I switch to Salt?", ""),
            ("I am not leaving KPN", ""),
            ("I don't think I will switch to Salt", ""),
            ("I'm leaving for the airport, is my Delta flight on time?", ""),
            ("I quit smoking", ""),
            ("Salt is leaving the market", ""),
            ("My friend left Salt", ""),
            ("I left my bag on Delta", ""),
            ("Been with Salt for 12 years and never had an issue", ""),
            ("I was with Salt for 12 years", "salt>-"),
            ("Considering a move to Salt, how is the signal?", "->salt"),
            ("Fix my refund, Delta, or I'm going to the papers", ""),
        ],
    );
}

#[test]
fn who_asks_how_to_leave_asks_and_is_on_the_way_out() {
    for (language, text) in [
        (Language::English, "How do I cancel my Salt subscription?"),
        (Language::English, "how do i leave salt"),
        (Language::English, "@salt where can I cancel my contract?"),
        (Language::English, "Salt, can I cancel my contract?"),
        (Language::Dutch, "hoe zeg ik mijn abonnement bij KPN op"),
        (Language::Dutch, "Hoe kan ik KPN opzeggen?"),
        (Language::Dutch, "@KPN waar kan ik mijn contract beëindigen?"),
        (Language::Dutch, "KPN, kan ik mijn abonnement nu al opzeggen?"),
        (Language::German, "Wie kann ich mein Salt Abo kündigen?"),
        (Language::French, "Comment résilier mon abonnement Orange ?"),
        (Language::Spanish, "¿Cómo cancelo mi contrato con Vodafone?"),
        (Language::Italian, "Come posso disdire il contratto Vodafone?"),
        (Language::Portuguese, "Como cancelo o contrato da Vodafone?"),
    ] {
        for (complaint, intent) in [(0.1, Intent::Question), (0.9, Intent::AskingForHelp)] {
            let meaning = hear(Kind::Post, language, None, text, complaint);
            assert_eq!(
                (meaning.intent, meaning.signals, meaning.switch.from.is_some(), meaning.target.is_some()),
                (intent, vec![Signal::ThreatToLeave], true, complaint > 0.5),
                "{text}"
            );
        }
    }
    // Who says that they leave announces it, whatever they ask besides; and not all that ends is a contract.
    for text in ["I want to leave Salt, how do I do that?", "Ik wil weg bij KPN, hoe pak ik dat aan?"] {
        let meaning = hear(Kind::Post, Language::Dutch, None, text, 0.4);
        assert_eq!(meaning.intent, Intent::AnnouncingSwitch, "{text}");
    }
    for text in ["How do I cancel my order with Salt?", "Hoe kan ik mijn reservering bij KPN annuleren?"] {
        let meaning = hear(Kind::Post, Language::Dutch, None, text, 0.2);
        assert_eq!((meaning.intent, meaning.signals), (Intent::Question, Vec::new()), "{text}");
    }
}

#[test]
fn a_post_that_is_felt_a_little_badly_vents_only_where_something_fails() {
    use Intent::{News, Praise, Remark, Venting};
    for (text, sentiment, expect) in [
        ("Ons kantoor zit boven de winkel van KPN", -0.3, Remark),
        ("Ons kantoor zit boven de winkel van KPN", -0.5, Venting),
        ("De app van KPN is traag", -0.3, Venting),
        ("De app van KPN is traag", 0.0, Remark),
        ("KPN bedankt, alles doet het", -0.3, Praise),
        ("KPN bedankt, maar nu is de tv kapot", -0.3, Remark),
        ("KPN legt in april glasvezel aan in Ede", -0.3, News),
    ] {
        let heard = hear_felt(Kind::Post, Language::Dutch, None, text, 0.3, sentiment);
        assert_eq!(heard.intent, expect, "{text} at {sentiment}");
    }
}

#[test]
fn who_says_that_one_brand_is_better_praises_unless_they_complain() {
    for (text, complaint, expect) in [
        ("Ziggo is echt veel beter dan KPN", 0.3, Intent::Praise),
        ("Ziggo is echt veel beter dan KPN", 0.8, Intent::Venting),
        ("KPN is duurder dan Ziggo", 0.3, Intent::Remark),
        ("Ziggo is slechter dan KPN", 0.3, Intent::Remark),
    ] {
        let heard = hear_felt(Kind::Post, Language::Dutch, None, text, complaint, -0.05);
        assert_eq!(heard.intent, expect, "{text} at {complaint}");
    }
}

#[test]
fn who_has_left_threatens_no_more() {
    for text in
        ["Wat ben ik blij dat ik van KPN af ben", "Van KPN naar Ziggo gegaan", "Weg bij KPN, nu bij Ziggo"]
    {
        let heard = hear(Kind::Post, Language::Dutch, None, text, 0.4);
        assert_eq!((heard.intent, &heard.signals[..]), (Intent::AnnouncingSwitch, &[][..]), "{text}");
    }
}

#[test]
fn who_is_glad_praises_whatever_went_wrong_before() {
    let text = "My Salt card got cloned and they sorted it within the hour, hats off";
    for (sentiment, expect) in [(0.6, Intent::Praise), (0.2, Intent::Venting)] {
        let heard = hear_felt(Kind::Post, Language::English, None, text, 0.4, sentiment);
        assert_eq!(heard.intent, expect, "felt {sentiment}");
    }
}

#[test]
fn a_word_of_praise_mocks_in_a_complaint() {
    for (language, text) in [
        (Language::Dutch, "Bravo KPN. Om zeven uur alles weg"),
        (Language::Dutch, "Geweldig. De monteur stond bij de buren"),
        (Language::English, "Brilliant. Salt sent the box to Leeds"),
        (Language::English, "They left us at the gate. Great service as always"),
        (Language::German, "Super. Der Techniker war beim Nachbarn"),
        (Language::French, "Bravo Orange. La box est chez le voisin"),
    ] {
        for (complaint, expect) in [(0.2, false), (0.9, true)] {
            let signals = hear(Kind::Post, language, None, text, complaint).signals;
            assert_eq!(signals.contains(&Signal::Sarcasm), expect, "{text} at {complaint}");
        }
    }
}

#[test]
fn offers_and_warnings_in_the_name_of_a_brand_blame_nobody() {
    use Intent::{News, Question, Remark, Venting};
    for (language, text, intent, signals, target) in [
        (Language::Dutch, "Stap vandaag over naar KPN en krijg 40% korting", News, vec![], "-"),
        (Language::English, "Switch to Salt now and save 20 a month, offer ends Friday", News, vec![], "-"),
        (Language::Dutch, "Let op: valse mails uit naam van ING", Remark, vec![Signal::Phishing], "-"),
        (Language::English, "Beware of fake texts pretending to be ING", Remark, vec![Signal::Phishing], "-"),
        (Language::Dutch, "Is deze mail van ING echt of nep?", Question, vec![Signal::Phishing], "-"),
        (
            Language::English,
            "Somebody pretending to be ING emptied my account and ING won't refund me",
            Venting,
            vec![Signal::PaymentIncident, Signal::Phishing],
            "ing",
        ),
        (Language::English, "On hold with KPN for an hour and then they hang up", Venting, vec![], "kpn"),
    ] {
        let heard = hear(Kind::Post, language, None, text, 0.7);
        assert_eq!(
            (heard.intent, heard.signals, id(heard.target.as_ref())),
            (intent, signals, target),
            "{text}"
        );
    }
}

#[test]
fn who_leaves_is_heard_in_german() {
    switches(
        Language::German,
        &[
            ("Ich werde mein Salt Abo kündigen", "salt>-"),
            ("ich kuendige und wechsle zu Sunrise", "->sunrise"),
            ("Tschüss Salt, hallo Sunrise", "salt>sunrise"),
            ("Wegen den Preisen wechsle ich von Salt zu Sunrise", "salt>sunrise"),
            ("Wenn sich nichts ändert, bin ich weg", "->-"),
            ("Wir sind von Sunrise zu Salt gegangen", "sunrise>salt"),
            ("Ich bleibe nicht bei Orange", "orange>-"),
            ("Ich will nicht wechseln", ""),
            ("Ich werde Salt treu bleiben", ""),
            ("Soll ich zu Salt wechseln?", ""),
            ("Mein Kollege hat bei Salt gekündigt", ""),
            ("Salt kündigt neue Tarife an", ""),
            ("Kann ich mein Passwort wechseln?", ""),
        ],
    );
}

#[test]
fn who_leaves_is_heard_in_french_spanish_italian_and_portuguese() {
    switches(
        Language::French,
        &[
            ("Je quitte Orange pour Sosh", "orange>sosh"),
            ("je vais résilier mon abonnement", "->-"),
            ("Adieu Orange", "orange>-"),
            ("je ne vais pas quitter Orange", ""),
        ],
    );
    switches(
        Language::Spanish,
        &[
            ("Me voy de Vodafone a Orange", "vodafone>orange"),
            ("quiero darme de baja", "->-"),
            ("nunca más Vodafone", "vodafone>-"),
            ("no me voy de Vodafone", ""),
        ],
    );
    switches(
        Language::Italian,
        &[
            ("Lascio Vodafone per Orange", "vodafone>orange"),
            ("voglio disdire il contratto", "->-"),
            ("mai più Vodafone", "vodafone>-"),
            ("non lascio Vodafone", ""),
        ],
    );
    switches(
        Language::Portuguese,
        &[
            ("Vou mudar da Vodafone para a Orange", "vodafone>orange"),
            ("quero cancelar o contrato", "->-"),
            ("nunca mais Vodafone", "vodafone>-"),
            ("não vou mudar de operadora", ""),
        ],
    );
}

#[test]
fn the_brand_that_is_blamed_is_told_from_the_others_in_dutch() {
    targets(
        Language::Dutch,
        &[
            ("KPN ligt er weer uit", "kpn"),
            ("@KPN wanneer is de storing opgelost?", "kpn"),
            ("KPN verlaten voor Ziggo, beste keuze ooit", "kpn"),
            ("Overgestapt van KPN naar Ziggo, wat een ellende was dat bij KPN", "kpn"),
            ("Ziggo is veel beter dan KPN", "kpn"),
            ("Odido is nog slechter dan Ziggo", "odido"),
            ("In tegenstelling tot Ziggo belt KPN nooit terug", "kpn"),
            ("Gelukkig heb ik Ziggo, want KPN is waardeloos", "kpn"),
            ("Bedankt Ziggo voor het oplossen van wat KPN heeft verpest", "kpn"),
            ("KPN kan nog wat leren van Odido", "kpn"),
            ("Bij Odido werkt het wel, bij KPN alweer storing", "kpn"),
            ("@Ziggo jullie zijn nog duurder dan KPN", "ziggo"),
            ("Was ik maar bij KPN gebleven, Ziggo is een ramp", "ziggo"),
            ("Liever KPN dan Ziggo", "ziggo"),
            ("@Odido al 3 dagen geen internet. Bij KPN had ik dat nooit", "odido"),
            ("Ziggo faalt. KPN werkt prima.", "ziggo"),
            ("nooit problemen met KPN, maar Ziggo is een drama", "ziggo"),
            ("Wat een slechte service van Odido", "odido"),
            ("Van Ziggo naar KPN, eindelijk weg bij die prutsers", "ziggo"),
            ("Stap over van Ziggo naar KPN, eindelijk af van het gedoe", "ziggo"),
            ("Overgestapt van KPN naar Ziggo, had nooit moeten doen, Ziggo is een drama", "ziggo"),
            ("Overgestapt van KPN naar Ziggo, want KPN is een drama", "kpn"),
            ("Waar KPN het wel doet, ligt Ziggo er weer uit", "ziggo"),
            ("Ziggo heeft mijn modem kapot gemaakt, KPN komt morgen aansluiten", "ziggo"),
            ("Ziggo raakt mijn post kwijt, KPN vindt die terug", "ziggo"),
            ("Bij Ziggo is er altijd wel iets mis, liever KPN dan Ziggo", "ziggo"),
            ("Bravo KPN. Alweer plat", "kpn"),
            ("wat een drama", "-"),
        ],
    );
}

#[test]
fn the_brand_that_is_blamed_is_told_from_the_others_in_english() {
    targets(
        Language::English,
        &[
            ("Delta lost my bag", "delta"),
            ("@united why is my flight late", "united"),
            ("left KPN for Ziggo, best choice ever", "kpn"),
            ("Delta is better than United", "united"),
            ("United is worse than Delta", "united"),
            ("Unlike Delta, United lost my bags twice", "united"),
            ("Thanks Delta for fixing what United broke", "united"),
            ("thank god for Delta, United left me stranded", "united"),
            ("should've flown Delta, United is a nightmare", "united"),
            ("United cancelled my flight so I booked Delta", "united"),
            ("Salt has no signal here. Sunrise works fine.", "salt"),
            ("@delta you are as bad as United", "delta"),
            ("At least Delta answers. United ignores everybody.", "united"),
            ("I prefer Salt over Sunrise", "sunrise"),
            ("Sunrise overcharged me, going to Salt", "sunrise"),
            ("United could learn from Delta", "united"),
            ("never had problems with Delta but United ruined my trip", "united"),
            ("fed up with Vodafone, switching to Salt", "vodafone"),
            ("Vodafone sucks, why can't they be like Salt", "vodafone"),
            ("I wish I had flown Delta, United is terrible", "united"),
            ("compared to Salt, Sunrise is slow", "sunrise"),
            ("worst service ever @sunrise", "sunrise"),
            ("Salt beats Sunrise in every way", "sunrise"),
            ("Sunrise won't answer. Salt did within a minute.", "sunrise"),
            ("Vodafone is so much worse than KPN", "vodafone"),
            ("Vodafone is so much better than KPN", "kpn"),
            ("late again", "-"),
        ],
    );
}

#[test]
fn the_brand_that_is_blamed_is_told_from_the_others_in_german() {
    targets(
        Language::German,
        &[
            ("Salt ist schon wieder ausgefallen", "salt"),
            ("Sunrise ist besser als Salt", "salt"),
            ("Salt ist schlechter als Sunrise", "salt"),
            ("Im Gegensatz zu Sunrise antwortet Salt nie", "salt"),
            ("Salt nervt, ich gehe zu Sunrise", "salt"),
            ("Dank Sunrise wieder online, Salt war eine Katastrophe", "salt"),
            ("Bei Sunrise funktioniert alles, Salt hat immer Störungen", "salt"),
            ("@sunrise ihr seid so schlecht wie Salt", "sunrise"),
            ("Lieber Sunrise als Salt", "salt"),
            ("Ich bin fertig mit Orange! Auf zu Salt", "orange"),
            ("Salt kann mit Sunrise nicht mithalten", "salt"),
            ("Von Orange zu Salt gewechselt, Orange war zu teuer", "orange"),
            ("Orange hat mir doppelt abgebucht, Salt nie", "orange"),
            ("kein Empfang mit Vodafone. Sunrise läuft.", "vodafone"),
            ("schon wieder Verspätung", "-"),
        ],
    );
}

#[test]
fn no_brand_is_blamed_where_nobody_complains_or_leaves() {
    for text in ["Delta is better than United", "thanks @delta", "KPN and Ziggo", "we fly United"] {
        assert_eq!(hear(Kind::Post, Language::English, None, text, 0.1).target, None, "{text}");
    }
}

#[test]
fn what_the_writer_wants_is_heard_in_dutch() {
    use Intent::*;
    intents(
        Language::Dutch,
        &[
            ("@KPN kunnen jullie mijn internet fixen? al 3 dagen storing !!", AskingForHelp),
            ("@KPN graag een reactie op mijn klacht !!", AskingForHelp),
            ("Wat is die KPN toch een drama !!", Venting),
            ("Weet iemand een tip voor een andere provider? Ziggo is weer traag !!", AskingForAlternative),
            ("welke provider raden jullie aan?", AskingForAlternative),
            ("Ik heb KPN opgezegd !!", AnnouncingSwitch),
            ("@Ziggo tot hoe laat zijn jullie open?", Question),
            ("@KPN bedankt voor de snelle hulp! Top service", Praise),
            ("KPN neemt Odido over http://t.co/x", News),
            ("Nu verkrijgbaar: glasvezel vanaf 30 euro per maand http://t.co/x", News),
            ("Win een gratis iPhone! Like en deel deze kortingscode", Spam),
            ("KPN zoekt monteurs in Utrecht", News),
            ("KPN zoekt monteurs in Utrecht, solliciteer nu", Spam),
            ("Ben je klaar met Ziggo? geen internet? kom naar ons !!", Spam),
            ("Stuur mij een DM, ik help je overstappen !!", Spam),
            ("Ik heb jullie een DM gestuurd, help me !!", AskingForHelp),
            ("zit in de trein naar Utrecht", Remark),
        ],
    );
}

#[test]
fn what_the_writer_wants_is_heard_in_english_and_german() {
    use Intent::*;
    intents(
        Language::English,
        &[
            ("@delta why is my flight delayed again? Nobody answers !!", AskingForHelp),
            ("@delta please help, I am stranded !!", AskingForHelp),
            ("Delta is the worst airline ever !!", Venting),
            ("@delta are you kidding me? !!", Venting),
            ("can anyone recommend a better provider than Salt?", AskingForAlternative),
            ("I'm done with Salt. Which carrier should I use? !!", AskingForAlternative),
            ("I'm leaving Salt !!", AnnouncingSwitch),
            ("@delta what time does check-in open?", Question),
            ("@delta love you guys, thanks for the upgrade!", Praise),
            ("Delta announces new routes http://t.co/x", News),
            ("Save up to 50% on flights, book now http://t.co/x", News),
            ("Win a free iPhone! follow and RT http://t.co/x", Spam),
            ("DM me, I'll help you switch !!", Spam),
            ("Are you fed up with Vodafone? Come to us !!", Spam),
            ("sitting on a plane", Remark),
        ],
    );
    intents(
        Language::German,
        &[
            ("@salt könnt ihr mir helfen? Kein Empfang !!", AskingForHelp),
            ("Salt ist eine Katastrophe !!", Venting),
            ("Welchen Anbieter könnt ihr empfehlen?", AskingForAlternative),
            ("@salt wann öffnet ihr?", Question),
            ("Danke @salt, super Service", Praise),
            ("Ich wechsle zu Sunrise !!", AnnouncingSwitch),
        ],
    );
}

#[test]
fn an_answer_of_a_brand_wants_nothing_and_raises_no_alarm() {
    let meaning =
        hear(Kind::Response, Language::English, None, "Sorry! Beware of phishing, can you DM us?", 0.2);
    assert_eq!((meaning.intent, meaning.signals), (Intent::Remark, Vec::new()));
}

#[test]
fn alarms_are_heard_in_dutch() {
    use Signal::*;
    signals(
        Language::Dutch,
        &[
            ("lekker bezig weer KPN", &[Sarcasm]),
            ("top service hoor, weer een storing", &[Sarcasm]),
            ("Bedankt voor niks @Ziggo", &[Sarcasm]),
            ("Ik ga naar Kassa en Radar met deze zaak", &[ThreatToGoPublic]),
            ("Anders stap ik naar de pers", &[ThreatToGoPublic]),
            ("Mijn advocaat neemt contact op, anders de geschillencommissie", &[Legal]),
            ("ik meld dit bij de ACM", &[Legal]),
            ("Er is kortsluiting door jullie monteur", &[Safety]),
            ("gaslucht in de straat", &[Safety]),
            ("Mijn oma van 85 zit al een week zonder telefoon", &[VulnerableCustomer]),
            ("ik zit in een rolstoel en niemand helpt", &[VulnerableCustomer]),
            ("Dubbel afgeschreven door ING", &[PaymentIncident]),
            ("datalek bij Odido, mijn gegevens liggen op straat", &[PrivacyIncident]),
            ("Nepmail namens KPN ontvangen", &[Phishing]),
            ("ik stap over naar Ziggo, KPN", &[ThreatToLeave]),
            ("geen brand, geen gewonden", &[]),
            ("Overweeg over te stappen naar KPN, ervaringen?", &[]),
            ("Mijn oma is blij met KPN", &[]),
            ("Mijn oma is niet blij, al een week zonder telefoon", &[VulnerableCustomer]),
            ("Ben je klaar met Ziggo? kom naar ons", &[]),
            ("in de meeste gevallen lukt het", &[]),
            ("lange rij aan de kassa", &[]),
            ("bedankt voor de hulp", &[]),
        ],
    );
}

#[test]
fn alarms_are_heard_in_english_and_german() {
    use Signal::*;
    signals(
        Language::English,
        &[
            ("Great, another delay @united", &[Sarcasm]),
            ("thanks for nothing @delta", &[Sarcasm]),
            ("I'm calling the BBC about this", &[ThreatToGoPublic]),
            ("I will sue you, see you in court", &[Legal]),
            ("filed a complaint with the CFPB", &[Legal]),
            ("smoke coming from my router", &[Safety]),
            ("my grandmother is 85 and in a wheelchair", &[VulnerableCustomer]),
            ("charged twice for the same booking", &[PaymentIncident]),
            ("you leaked my personal data", &[PrivacyIncident]),
            ("got a fake email pretending to be ING", &[Phishing]),
            ("no safety issue, all fine", &[]),
            ("great crew, my delay was short", &[]),
            ("this airline is on fire today 🔥", &[]),
            ("thanks for fixing the delay", &[]),
        ],
    );
    signals(
        Language::German,
        &[
            ("Super, schon wieder Verspätung", &[Sarcasm]),
            ("Danke für nichts", &[Sarcasm]),
            ("Das geht jetzt an meinen Anwalt", &[Legal]),
            ("Kurzschluss im Router", &[Safety]),
            ("Oma ist 85 und hat kein Telefon", &[VulnerableCustomer]),
            ("Ihr habt mir doppelt abgebucht", &[PaymentIncident]),
            ("Datenleck bei Salt", &[PrivacyIncident]),
            ("gefälschte Mail von Salt bekommen", &[Phishing]),
            ("keine Gefahr", &[]),
        ],
    );
}

#[test]
fn the_words_that_led_to_it_are_shown() {
    let text = "@KPN al 3 dagen storing. Dubbel afgeschreven! Ik zeg mijn abonnement op.";
    let meaning = hear(Kind::Post, Language::Dutch, Some("Klaar met KPN"), text, 0.9);
    let shown: Vec<_> = meaning
        .evidence
        .iter()
        .map(|evidence| {
            let from = if evidence.is_in_title { "Klaar met KPN" } else { text };
            (evidence.of.name(), &from[evidence.start..evidence.end])
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("intent".to_owned(), "Klaar met KPN"),
            ("target".to_owned(), "KPN"),
            ("signal:threat-to-leave".to_owned(), "Klaar met KPN"),
            ("signal:payment-incident".to_owned(), "Dubbel afgeschreven"),
        ]
    );
}

proptest! {
    #[test]
    fn no_text_panics_and_the_same_text_means_the_same(
        text in "(\\PC|kpn|@ziggo|#fail| niet | opgezegd| ik | i'm | leaving | nooit meer | 85 |[.?!,] ?|🙄|é){0,60}",
        complaint in 0.0_f32..1.0,
    ) {
        for language in Language::ALL {
            let once = hear(Kind::Post, language, Some(&text), &text, complaint);
            prop_assert_eq!(&once, &hear(Kind::Post, language, Some(&text), &text, complaint));
            prop_assert!(once.signals.is_sorted());
        }
    }
}

#[test]
fn thanks_and_other_channels_are_heard_in_every_language() {
    use Language::{Dutch, English, French, German, Italian, Portuguese, Spanish};
    let mut wrong = Vec::new();
    let mut check = |kind, language, text: &str, expect: &[Says]| {
        let heard = hear(kind, language, None, text, 0.0).says;
        if heard != expect {
            wrong.push(format!("{text}: {heard:?}, not {expect:?}"));
        }
    };
    for (language, text) in [
        (English, "Thank you so much, it works again"),
        (English, "thanks!"),
        (English, "ok, it's fixed now"),
        (English, "never mind, fixed it myself"),
        (English, "nvm, it's working"),
        (English, "it works again now"),
        (English, "Sorted!"),
        (English, "the engineer came and the problem is gone"),
        (English, "all good now"),
        (English, "back online"),
        (Dutch, "Gelukt, monteur is geweest en alles werkt nu perfect"),
        (Dutch, "Probleem verholpen"),
        (Dutch, "opgelost"),
        (Dutch, "Heb weer internet"),
        (Dutch, "nu doet het het weer"),
        (Dutch, "laat maar, al gevonden"),
        (Dutch, "Top, bedankt!"),
        (Dutch, "het is inmiddels opgelost"),
        (Dutch, "dank jullie wel"),
        (German, "Vielen Dank, hat sich erledigt"),
        (French, "Merci, c'est réglé"),
        (Spanish, "¡Gracias! Ya está solucionado"),
        (Italian, "Grazie, ho risolto"),
        (Portuguese, "Obrigado, foi resolvido"),
    ] {
        check(Kind::Reply, language, text, &[Says::Thanks]);
        // A brand that thanks says nothing of how it went.
        check(Kind::Response, language, text, &[]);
    }
    for (language, text) in [
        (English, "thanks for nothing"),
        (English, "thanks in advance"),
        (English, "it is still not fixed"),
        (English, "not fixed"),
        (English, "it was never fixed"),
        (English, "is it fixed yet?"),
        (English, "when will this be fixed now"),
        (English, "you said it was fixed"),
        (English, "I want my money back now"),
        (English, "it stopped working again"),
        (English, "fixed line is down"),
        (Dutch, "het werkt nu helemaal niet"),
        (Dutch, "internet doet het weer niet"),
        (Dutch, "wanneer is de storing opgelost?"),
        (Dutch, "wordt het nu opgelost"),
        (Dutch, "KPN zegt dat het is opgelost"),
        (Dutch, "niet opgelost"),
        (Dutch, "weer geen internet"),
        (English, "thanks but that does not help"),
        (Dutch, "alvast bedankt"),
        (Dutch, "nog steeds niet opgelost"),
        (Dutch, "bedankt voor niks"),
        (German, "Danke für nichts"),
        (French, "merci d'avance"),
        (Spanish, "gracias por nada"),
    ] {
        check(Kind::Reply, language, text, &[]);
    }
    for (language, text) in [
        (English, "Please send us a DM with your details"),
        (English, "Could you DM your order number?"),
        (English, "Call us at 0800"),
        (Dutch, "Stuur je ons een DM met je postcode?"),
        (Dutch, "Wil je ons even een privébericht sturen? Dat kan via DM"),
        (Dutch, "Mogen we je gegevens in een privébericht?"),
        (German, "Schick uns bitte eine Direktnachricht"),
        (French, "Pouvez-vous nous écrire en message privé ?"),
        (Spanish, "Escríbenos por mensaje privado"),
        (Italian, "Scrivici in privato"),
        (Portuguese, "Mande uma mensagem privada"),
    ] {
        check(Kind::Response, language, text, &[Says::Private]);
        // A customer who sent one only tells so.
        check(Kind::Reply, language, text, &[]);
    }
    check(Kind::Response, English, "This is an automated reply, we read you soon", &[Says::Automatic]);
    check(Kind::Response, Dutch, "Dit is een automatisch antwoord", &[Says::Automatic]);
    check(Kind::Response, English, "We are looking into it", &[]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
