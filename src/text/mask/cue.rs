//! What do the words beside a number say that it is?
//!
//! A word before a number speaks for it from up to [`REACH`] characters away, across other numbers if it says "not
//! private", but never across what was masked if it says "private": else each mask would bring words nearer to the next
//! number, and a second masking would find more. A word behind a number speaks for it unless it leads to a number itself.
//!
//! To add a word: one line in [`WORDS`], in order, small letters without accents, `*` for any ending.

use super::cells::{Cells, PHONE_WALL, is_wall, is_word};

/// Whose citizen's number a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Land {
    Ar,
    At,
    Au,
    Be,
    Br,
    Ca,
    Ch,
    Cl,
    De,
    Es,
    Fr,
    Ie,
    In,
    It,
    Lu,
    Mx,
    Nl,
    Nz,
    Pl,
    Pt,
    Uk,
    Us,
    Uy,
    Za,
}

/// What a word says about the number beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// A telephone.
    Phone,
    /// Some number; a telephone's, if it looks like one.
    Number,
    /// Something that is nobody's secret: an order, a ticket.
    Other,
    /// An identity: an order's, unless the number can only be a person's.
    Id,
    Card,
    /// A passport, an identity card or a driving licence.
    Document,
    Citizen(Land),
    /// The same, but an everyday word elsewhere ("sin", "chi"): it says nothing of another country's number.
    Homograph(Land),
}

/// How far a word speaks, in characters.
const REACH: usize = 40;
/// How far a word behind the number speaks.
const REACH_BACK: usize = 30;

/// What the words before and behind say about a telephone number.
pub(super) fn phone(cells: &Cells<'_>, start: usize, end: usize) -> Option<Sense> {
    if is_initialed(cells, start) {
        return Some(Sense::Phone);
    }
    let is_my_sign = is_my_sign(cells, start);
    let mut sense = is_my_sign.then_some(Sense::Number);
    let hash = cells.before(start) == '#' && !is_my_sign;
    for (nth, word) in before(cells, start).enumerate() {
        match word.sense {
            Some(Sense::Phone) => return Some(Sense::Phone),
            _ if hash && nth == 0 => return Some(Sense::Other),
            Some(Sense::Number) => sense = Some(Sense::Number),
            Some(Sense::Other | Sense::Id) => return Some(Sense::Other),
            _ if word.ch == PHONE_WALL => return Some(Sense::Phone),
            _ if is_wall(word.ch) => break,
            _ => {}
        }
    }
    if hash {
        return Some(Sense::Other);
    }
    if sense.is_none() && behind(cells, end, |sense| sense == Sense::Phone) {
        return Some(Sense::Phone);
    }
    sense.or_else(|| is_my_number(cells, end).then_some(Sense::Number))
}

/// Whether a letter as in a signature stands before the number: `T: 6143829175`.
fn is_initialed(cells: &Cells<'_>, start: usize) -> bool {
    let colon = start - usize::from(cells.before(start) == ' ');
    colon >= 2
        && cells.before(colon) == ':'
        && matches!(cells.ch(colon - 2).to_ascii_uppercase(), 'T' | 'M')
        && !is_word(cells.before(colon - 2))
}

/// Whether "my # is" stands before the number. "My # 4829103756" may be a place in a queue.
fn is_my_sign(cells: &Cells<'_>, start: usize) -> bool {
    let back = |mut at: usize| {
        while matches!(cells.before(at), ' ' | ':') {
            at -= 1;
        }
        at
    };
    let end = back(start);
    let is_led = end < start && end >= 3 && cells.spells(end - 3, " is");
    let sign = if is_led { back(end - 3) } else { return false };
    let word = if cells.before(sign) == '#' { back(sign - 1) } else { return false };
    word >= 2 && cells.spells(word - 2, "my") && !is_word(cells.before(word - 2))
}

/// Whether the words behind the number call it somebody's, and no order's: "6143829175 is my number".
fn is_my_number(cells: &Cells<'_>, end: usize) -> bool {
    const MINE: [&[u8]; 8] = [b"my", b"mijn", b"meine", b"mon", b"mi", b"mio", b"meu", b"minha"];
    let (mut is_mine, mut is_number) = (false, false);
    for word in after(cells, end) {
        let Some((start, at)) = word else { return false };
        match sense(cells, start, at) {
            Some(Sense::Number) => is_number |= is_mine,
            Some(Sense::Phone) | None => {}
            Some(_) => return false,
        }
        is_mine = MINE.iter().any(|word| {
            word.len() == at - start
                && word.iter().enumerate().all(|(place, &letter)| folded(cells.ch(start + place)) == letter)
        });
    }
    is_number
}

/// Whether a word right before the number says that it is something that may stay.
pub(super) fn is_other_close(cells: &Cells<'_>, start: usize) -> bool {
    before(cells, start)
        .take(2)
        .take_while(|word| word.distance <= 12)
        .any(|word| matches!(word.sense, Some(Sense::Other | Sense::Id)))
}

/// Whether words beside the number say that it is a citizen's number of `land`, or of any land.
pub(super) fn is_citizen(cells: &Cells<'_>, start: usize, end: usize, land: Option<Land>) -> bool {
    let fits = |sense| match sense {
        Sense::Citizen(named) => land.is_none_or(|land| land == named),
        Sense::Homograph(named) => land == Some(named),
        Sense::Id => land == Some(Land::Za),
        _ => false,
    };
    speaks(cells, start, end, fits)
}

/// Whether words beside the number say that it is a payment card.
pub(super) fn is_card(cells: &Cells<'_>, start: usize, end: usize) -> bool {
    speaks(cells, start, end, |sense| sense == Sense::Card)
}

/// Whether a word before the number says that it is something that may stay, or is a telephone.
pub(super) fn is_other(cells: &Cells<'_>, start: usize) -> bool {
    cells.before(start) == '#'
        || before(cells, start)
            .any(|word| matches!(word.sense, Some(Sense::Other | Sense::Id | Sense::Phone)))
}

/// Whether a word that is glued to the number says what it is: `tel0612345678`.
pub(super) fn is_label(cells: &Cells<'_>, start: usize) -> bool {
    let mut at = start;
    while at > 0 && start - at < LONGEST && cells.ch(at - 1).is_alphabetic() {
        at -= 1;
    }
    // "@tel0612" is a handle, "x/tel0612" a part of something.
    let before = cells.before(at);
    let opens = !is_word(before) && !matches!(before, '@' | '#' | '/' | '.' | '-');
    let is_one = |sense| !matches!(sense, Sense::Other | Sense::Id);
    opens && start - at >= 2 && sense(cells, at, start).is_some_and(is_one)
}

/// Whether the number is an amount of something.
pub(super) fn is_amount(cells: &Cells<'_>, start: usize, end: usize) -> bool {
    const SIGNS: [char; 5] = ['€', '$', '£', '¥', '₹'];
    const UNITS: [&str; 12] = [
        "eur", "dollar", "usd", "million", "miljoen", "mio", "milliard", "miljard", "millones", "inwoner",
        "habit", "follower",
    ];
    let space = |at| usize::from(cells.ch(at) == ' ');
    let first = start - usize::from(cells.before(start) == ' ');
    let next = end + space(end);
    SIGNS.contains(&cells.before(first))
        || SIGNS.contains(&cells.ch(next))
        || UNITS.iter().any(|unit| cells.spells(next, unit))
}

fn speaks(cells: &Cells<'_>, start: usize, end: usize, fits: impl Fn(Sense) -> bool + Copy) -> bool {
    before(cells, start).take_while(|word| !is_wall(word.ch)).any(|word| word.sense.is_some_and(fits))
        // "pedido 123456782 sin entregar": an everyday word says something of a number only before it.
        || behind(cells, end, |sense| fits(sense) && !matches!(sense, Sense::Homograph(_)))
}

/// A word, or a wall.
struct Word {
    sense: Option<Sense>,
    /// Its last character.
    ch: char,
    /// Characters between it and the number.
    distance: usize,
}

/// The words before `start` and the walls between them, nearest first.
fn before(cells: &Cells<'_>, start: usize) -> impl Iterator<Item = Word> {
    let farthest = start.saturating_sub(REACH);
    let mut at = start;
    std::iter::from_fn(move || {
        while at > farthest && !cells.ch(at - 1).is_alphabetic() && !is_wall(cells.ch(at - 1)) {
            at -= 1;
        }
        if at <= farthest {
            return None;
        }
        let end = at;
        let ch = cells.ch(end - 1);
        at -= 1;
        if is_wall(ch) {
            return Some(Word { sense: None, ch, distance: start - end });
        }
        // A word that begins out of reach is still read whole, though not without end.
        while at > 0 && end - at < LONGEST && cells.ch(at - 1).is_alphabetic() {
            at -= 1;
        }
        if end - at == 1
            && let Some((from, sense)) = initials(cells, at)
        {
            at = from;
            return Some(Word { sense, ch, distance: start - end });
        }
        Some(Word { sense: sense(cells, at, end), ch, distance: start - end })
    })
}

/// What letters with dots between them say, the last of which stands at `last`, and where they begin: `C.P.F.`
fn initials(cells: &Cells<'_>, last: usize) -> Option<(usize, Option<Sense>)> {
    let (mut letters, mut at) = ([0; LONGEST_INITIALS], last);
    let mut first = LONGEST_INITIALS;
    loop {
        first = first.checked_sub(1)?;
        letters[first] = folded(cells.ch(at));
        if at < 2 || cells.ch(at - 1) != '.' || !cells.ch(at - 2).is_alphabetic() {
            break;
        }
        at -= 2;
    }
    // Of two there are too many, and what is behind a letter is the end of a word.
    let is_whole = LONGEST_INITIALS - first >= 3 && !is_word(cells.before(at));
    is_whole.then(|| (at, sense_of(&letters[first..])))
}

const LONGEST_INITIALS: usize = 5;

/// The words behind `end`, nearest first, each by its first cell and the one after its last. `None`, after which nothing comes: a
/// number or a wall.
fn after(cells: &Cells<'_>, end: usize) -> impl Iterator<Item = Option<(usize, usize)>> {
    let mut next = Some(end);
    std::iter::from_fn(move || {
        let mut at = next?;
        while at < cells.len() && at < end + REACH_BACK {
            let start = at;
            if is_number_or_wall(cells, at) {
                next = None;
                return Some(None);
            }
            while at < cells.len() && at - start < LONGEST && cells.ch(at).is_alphabetic() {
                at += 1;
            }
            if at > start {
                next = Some(at);
                return Some(Some((start, at)));
            }
            at += 1;
        }
        next = None;
        None
    })
}

/// Whether a number or a wall stands there.
fn is_number_or_wall(cells: &Cells<'_>, at: usize) -> bool {
    cells.ch(at).is_ascii_digit() || is_wall(cells.ch(at))
}

/// Whether a word behind `end`, before any other number, fits and does not lead to a number.
fn behind(cells: &Cells<'_>, end: usize, fits: impl Fn(Sense) -> bool) -> bool {
    let fitting =
        after(cells, end).flatten().find(|(start, at)| sense(cells, *start, *at).is_some_and(&fits));
    fitting.is_some_and(|(_, at)| {
        let next =
            (at..at + 5).find(|&at| !matches!(cells.ch(at), ' ' | ':' | '#' | '.' | '=' | '-' | '+' | '('));
        !next.is_some_and(|at| is_number_or_wall(cells, at))
    })
}

const LONGEST: usize = 40;

/// What the word in the cells from `start` to `end` says.
pub(super) fn sense(cells: &Cells<'_>, start: usize, end: usize) -> Option<Sense> {
    let mut letters = [0; LONGEST];
    let letters = &mut letters[..(end - start).min(LONGEST)];
    for (place, letter) in letters.iter_mut().enumerate() {
        *letter = folded(cells.ch(start + place));
    }
    sense_of(letters)
}

/// What a word of these letters says.
fn sense_of(letters: &[u8]) -> Option<Sense> {
    let head = letters.first_chunk::<2>()?;
    // "Kundenhotline" and "klantentelefoon" open like a customer's number.
    if ENDINGS.iter().any(|ending| letters.ends_with(ending.as_bytes())) {
        return Some(Sense::Phone);
    }
    let at = place(*head)?;
    WORDS[STARTS[at].into()..STARTS[at + 1].into()].iter().find_map(|&(word, sense)| {
        let fits = match word.strip_suffix('*') {
            Some(stem) => letters.starts_with(stem.as_bytes()),
            None => letters == word.as_bytes(),
        };
        fits.then_some(sense)
    })
}

const LETTERS: usize = 26;

/// The place of two letters among all pairs; `None` if one of them is none that a word has.
const fn place(head: [u8; 2]) -> Option<usize> {
    let (one, two) = (head[0].wrapping_sub(b'a') as usize, head[1].wrapping_sub(b'a') as usize);
    if one < LETTERS && two < LETTERS { Some(one * LETTERS + two) } else { None }
}

/// Where in [`WORDS`] those begin that open with two letters, by the place of the pair; one more tells their end. Each word of
/// each text is looked up here.
static STARTS: [u16; LETTERS * LETTERS + 1] = {
    let mut starts = [0; LETTERS * LETTERS + 1];
    let mut word = 0;
    while word < WORDS.len() {
        let letters = WORDS[word].0.as_bytes();
        let pair = place([letters[0], letters[1]]).expect("words are of small letters") + 1;
        starts[pair] += 1;
        word += 1;
    }
    let mut pair = 1;
    while pair < starts.len() {
        starts[pair] += starts[pair - 1];
        pair += 1;
    }
    starts
};

/// A letter as a small one without accent. What has none becomes a letter that no word has.
pub(super) fn folded(ch: char) -> u8 {
    match ch {
        'a'..='z' => ch as u8,
        'A'..='Z' => ch.to_ascii_lowercase() as u8,
        'à'..='å' | 'À'..='Å' => b'a',
        'ç' | 'Ç' => b'c',
        'è'..='ë' | 'È'..='Ë' => b'e',
        'ì'..='ï' | 'Ì'..='Ï' => b'i',
        'ñ' | 'Ñ' => b'n',
        'ò'..='ö' | 'Ò'..='Ö' => b'o',
        'ù'..='ü' | 'Ù'..='Ü' => b'u',
        _ => b'~',
    }
}

/// Compounds that end so are telephones, whatever they open with.
const ENDINGS: [&str; 4] = ["hotline", "telefon", "telefoon", "phone"];

/// What words say, in order of their first two letters.
const WORDS: &[(&str, Sense)] = {
    use Land::{Ar, At, Au, Be, Br, Ca, Ch, Cl, De, Es, Fr, Ie, In, It, Lu, Mx, Nl, Nz, Pl, Pt, Uk, Us, Uy};
    use Sense::{Card, Citizen, Document, Homograph, Id, Number, Other, Phone};
    &[
        ("aadhaar*", Citizen(In)),
        ("aadhar*", Citizen(In)),
        ("abonne", Other),
        ("abonnenummer*", Other),
        ("account*", Other),
        ("ahv*", Citizen(Ch)),
        ("aktenzeichen", Other),
        ("albaran*", Other),
        ("amex", Card),
        ("angerufen", Phone),
        ("anruf*", Phone),
        ("apolice*", Other),
        ("app", Phone),
        ("appel*", Phone),
        ("appen", Phone),
        ("article*", Other),
        ("articulo*", Other),
        ("artikel*", Other),
        ("asin", Other),
        ("auftrag*", Other),
        ("ausweis*", Document),
        ("avs", Citizen(Ch)),
        ("bancontact*", Card),
        ("bankkaart*", Card),
        ("bankpas*", Card),
        ("barcode*", Other),
        ("batch", Other),
        ("bel", Phone),
        ("belde*", Phone),
        ("belegn*", Other),
        ("bellen", Phone),
        ("belt", Phone),
        ("bereik*", Phone),
        ("bestel*", Other),
        ("betaalkaart*", Card),
        ("betaalpas*", Card),
        ("betalingsk*", Other),
        ("biglietto*", Other),
        ("bilhete*", Other),
        ("boeking*", Other),
        ("boleto*", Other),
        ("bolletta*", Other),
        ("booking*", Other),
        ("bsn*", Citizen(Nl)),
        ("btw*", Other),
        ("buchung*", Other),
        ("burgerservice*", Citizen(Nl)),
        ("call", Phone),
        ("callback*", Phone),
        ("called", Phone),
        ("calling", Phone),
        ("card*", Card),
        ("carnet", Document),
        ("carta", Card),
        ("cartao", Card),
        ("carte*", Card),
        ("case*", Other),
        ("cedula*", Document),
        ("cel", Phone),
        ("cell", Phone),
        ("cellphone*", Phone),
        ("cellulare", Phone),
        ("celu*", Phone),
        ("chi", Homograph(Uk)),
        ("chiam*", Phone),
        ("ci", Homograph(Uy)),
        ("cidadao", Citizen(Pt)),
        ("citizen*", Citizen(Nl)),
        ("claim*", Other),
        ("client*", Other),
        ("cnh", Document),
        ("cni", Document),
        ("cns", Citizen(Br)),
        ("code", Other),
        ("codice", Citizen(It)),
        ("colis", Other),
        ("commande*", Other),
        ("complaint*", Other),
        ("compteur*", Other),
        ("confirmation*", Other),
        ("consignment*", Other),
        ("contact*", Number),
        ("contat*", Number),
        ("contract*", Other),
        ("contrat*", Other),
        ("contribuinte*", Citizen(Pt)),
        ("coupon*", Other),
        ("cpf", Citizen(Br)),
        ("creditcard*", Card),
        ("cuil", Citizen(Ar)),
        ("cuit", Citizen(Ar)),
        ("curp", Citizen(Mx)),
        ("customer", Other),
        ("cvc", Card),
        ("cvv", Card),
        ("dankort", Card),
        ("dial*", Phone),
        ("diners", Card),
        ("discover", Card),
        ("dni*", Citizen(Es)),
        ("dossier*", Other),
        ("dpci", Other),
        ("durchwahl", Phone),
        ("ean*", Other),
        ("eleit*", Citizen(Br)),
        ("encomenda*", Other),
        ("erreich*", Phone),
        ("erreichbar", Phone),
        ("expediente*", Other),
        ("factu*", Other),
        ("fattura*", Other),
        ("fatura*", Other),
        ("fax*", Phone),
        ("festnetz*", Phone),
        ("fijo", Phone),
        ("fiscal", Citizen(Fr)),
        ("fiscale", Citizen(It)),
        ("fisso", Phone),
        ("fixe", Phone),
        ("fixo", Phone),
        ("flight*", Other),
        ("folio*", Other),
        ("fon", Phone),
        ("fone", Phone),
        ("fono", Phone),
        ("fuhrerschein*", Document),
        ("gebeld", Phone),
        ("girocard*", Card),
        ("gsm*", Phone),
        ("handy*", Phone),
        ("hipercard", Card),
        ("hotline*", Phone),
        ("id", Id),
        ("identidad*", Document),
        ("identifiant*", Other),
        ("identifikationsnummer", Citizen(De)),
        ("identit*", Document),
        ("idnr", Citizen(De)),
        ("imei*", Other),
        ("imss", Citizen(Mx)),
        ("inland", Homograph(Nz)),
        ("incident*", Other),
        ("insurance", Citizen(Uk)),
        ("insz*", Citizen(Be)),
        ("invoice*", Other),
        ("ird", Citizen(Nz)),
        ("isbn*", Other),
        ("item*", Other),
        ("itin", Citizen(Us)),
        ("jcb", Card),
        ("joignable", Phone),
        ("joindre", Phone),
        ("kaart*", Card),
        ("karte*", Card),
        ("kassenzeichen", Other),
        ("kbo*", Other),
        ("kd", Other),
        ("kdnr", Other),
        ("kenmerk*", Other),
        ("kennzeichen", Other),
        ("klacht*", Other),
        ("klant*", Other),
        ("krankenversicher*", Citizen(De)),
        ("kreditkart*", Card),
        ("kreditkarte*", Card),
        ("kunde*", Other),
        ("kvk*", Other),
        ("kvnr", Citizen(De)),
        ("landline*", Phone),
        ("licence*", Document),
        ("license*", Document),
        ("liga", Phone),
        ("ligar", Phone),
        ("ligue*", Phone),
        ("llam*", Phone),
        ("localizador*", Other),
        ("maestro", Card),
        ("marcame", Phone),
        ("marcar*", Phone),
        ("marqu*", Phone),
        ("mastercard*", Card),
        ("matricola*", Other),
        ("matricule", Citizen(Lu)),
        ("matrikel*", Citizen(Lu)),
        ("mededeling*", Other),
        ("medicare", Citizen(Au)),
        ("melding*", Other),
        ("meterstand*", Other),
        ("mob", Phone),
        ("mobiel*", Phone),
        ("mobil*", Phone),
        ("model*", Other),
        ("movil*", Phone),
        ("nas", Citizen(Ca)),
        ("natel", Phone),
        ("national", Citizen(Be)),
        ("nhs", Citizen(Uk)),
        ("ni", Homograph(Uk)),
        ("nie", Citizen(Es)),
        ("nif", Citizen(Pt)),
        ("nino", Citizen(Uk)),
        ("nir", Citizen(Fr)),
        ("niss*", Citizen(Be)),
        ("nr", Number),
        ("nss", Citizen(Mx)),
        ("number*", Number),
        ("numer*", Number),
        ("nummer*", Number),
        ("nuss", Citizen(Es)),
        ("ogm", Other),
        ("ondernemingsnummer*", Other),
        ("opbel*", Phone),
        ("order*", Other),
        ("ordine*", Other),
        ("package*", Other),
        ("paket*", Other),
        ("pakket*", Other),
        ("parcel*", Other),
        ("pasaporte*", Document),
        ("paspoort*", Document),
        ("passaport*", Document),
        ("passeport*", Document),
        ("passn*", Document),
        ("passport*", Document),
        ("patente", Document),
        ("pedido*", Other),
        ("permis", Document),
        ("personalausweis*", Document),
        ("pesel*", Citizen(Pl)),
        ("ph", Phone),
        ("phone*", Phone),
        ("pinpas*", Card),
        ("pis", Citizen(Br)),
        ("pnr*", Other),
        ("polic*", Other),
        ("polis*", Other),
        ("portable*", Phone),
        ("portavel", Phone),
        ("pps*", Citizen(Ie)),
        ("pratica", Other),
        ("prenotazione", Other),
        ("processo", Other),
        ("product*", Other),
        ("protocolo*", Other),
        ("radicado*", Other),
        ("rang", Phone),
        ("rappel*", Phone),
        ("rastre*", Other),
        ("reachable", Phone),
        ("recapito*", Phone),
        ("receipt*", Other),
        ("rechnung*", Other),
        ("record*", Other),
        ("ref", Other),
        ("referen*", Other),
        ("reference*", Other),
        ("register", Citizen(Be)),
        ("registre", Citizen(Be)),
        ("reisepass*", Document),
        ("reispas*", Document),
        ("rekening*", Other),
        ("rentenversicher*", Citizen(De)),
        ("res", Other),
        ("reserv*", Other),
        ("rfc", Citizen(Mx)),
        ("rg", Document),
        ("richiam*", Phone),
        ("rijbewijs*", Document),
        ("rijksregister*", Citizen(Be)),
        ("ring", Phone),
        ("ringen", Phone),
        ("ruckruf*", Phone),
        ("ruf", Phone),
        ("rufen", Phone),
        ("rufnummer*", Phone),
        ("rut", Citizen(Cl)),
        ("secu", Citizen(Fr)),
        ("securite", Citizen(Fr)),
        ("segnalazione*", Other),
        ("seguranca", Citizen(Pt)),
        ("seguridad", Citizen(Es)),
        ("sendung*", Other),
        ("serial*", Other),
        ("serie*", Other),
        ("shipment*", Other),
        ("sin", Homograph(Ca)),
        ("siniestro*", Other),
        ("siren*", Other),
        ("siret*", Other),
        ("sku*", Other),
        ("sms*", Phone),
        ("social", Citizen(Us)),
        ("sociale", Citizen(Fr)),
        ("sofi*", Citizen(Nl)),
        ("sozialversicherung*", Citizen(At)),
        ("spedizion*", Other),
        ("ssn*", Citizen(Us)),
        ("steuer*", Citizen(De)),
        ("strnr", Other),
        ("suivi*", Other),
        ("sus", Homograph(Br)),
        ("sv", Citizen(At)),
        ("svnr", Citizen(At)),
        ("tag", Other),
        ("tarjeta*", Card),
        ("tax", Citizen(Au)),
        ("tel", Phone),
        ("telef*", Phone),
        ("telemovel*", Phone),
        ("teleph*", Phone),
        ("telf", Phone),
        ("telno", Phone),
        ("telnr", Phone),
        ("terugbel*", Phone),
        ("text", Phone),
        ("tfn", Citizen(Au)),
        ("tfno", Phone),
        ("ticket*", Other),
        ("tlf*", Phone),
        ("tlm", Phone),
        ("track*", Other),
        ("trip", Other),
        ("tweet*", Other),
        ("txt", Phone),
        ("ubicar*", Phone),
        ("unionpay", Card),
        ("upc", Other),
        ("utr", Citizen(Uk)),
        ("vat", Other),
        ("versicherten*", Citizen(De)),
        ("versicherungsnummer", Citizen(De)),
        ("versie*", Other),
        ("version*", Other),
        ("vertrag*", Other),
        ("verwendungszweck", Other),
        ("visa", Card),
        ("vitale", Citizen(Fr)),
        ("vlucht*", Other),
        ("vorgang*", Other),
        ("voucher*", Other),
        ("vsnr", Citizen(At)),
        ("wasap*", Phone),
        ("whats*", Phone),
        ("wpp", Phone),
        ("zaak*", Other),
        ("zahler*", Other),
        ("zap", Phone),
        ("zending*", Other),
        ("zuruckruf*", Phone),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_order_of_their_first_two_letters_and_can_match() {
        assert!(WORDS.is_sorted_by_key(|(word, _)| &word.as_bytes()[..2]));
        for (word, _) in WORDS {
            assert!(word.trim_end_matches('*').bytes().all(|byte| byte.is_ascii_lowercase()), "{word}");
        }
    }
}
