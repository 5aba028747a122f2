//! Are the check digits of this number right?
//!
//! Each takes digits as values 0 to 9 and knows nothing of how they are written.

/// Luhn's test (ISO/IEC 7812-1, annex B), as payment cards have it.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => 2 * digit - 9,
            (_, digit) => 2 * digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether these digits open as a payment card's of that length does, by the networks' published ranges.
///
/// Maestro is held to the ranges that are in use: the whole of 50 and 56 to 69 would take in too many tracking numbers.
pub(super) fn is_card_issuer(digits: &[u8]) -> bool {
    let head =
        |count: usize| digits[..count].iter().fold(0_u32, |value, &digit| value * 10 + u32::from(digit));
    let length = digits.len();
    if length < 13 {
        return false;
    }
    let (two, three, four) = (head(2), head(3), head(4));
    match length {
        13 | 16 | 19 if digits[0] == 4 => true,
        16 if (51..=55).contains(&two) || (2221..=2720).contains(&four) => true,
        15 if two == 34 || two == 37 => true,
        14 if (300..=305).contains(&three) || three == 309 || two == 36 || two == 38 || two == 39 => true,
        16..=19 if four == 6011 || (644..=649).contains(&three) || two == 65 => true,
        16..=19 if (3528..=3589).contains(&four) => true,
        16..=19 if two == 62 => true,
        _ => matches!(four, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763),
    }
}

/// ISO 7064 mod 97-10 over an account number's letters and digits in small ASCII letters, moved as ISO 13616 says.
pub(super) fn iban(code: &[u8]) -> bool {
    let mut rest = 0_u32;
    for &byte in code[4..].iter().chain(&code[..4]) {
        rest = match byte {
            b'0'..=b'9' => rest * 10 + u32::from(byte - b'0'),
            _ => rest * 100 + u32::from(byte - b'a') + 10,
        } % 97;
    }
    rest == 1
}

/// The number of a Belgian company: eight digits, and 97 less their rest by 97 (KBO/BCE).
pub(super) fn belgian_company(digits: &[u8]) -> bool {
    digits.len() == 10 && digits[0] <= 1 && 97 - number(&digits[..8]) % 97 == number(&digits[8..])
}

/// The Dutch 11-test: weights 9 to 2 and -1 (Logisch ontwerp BSN). Eight digits are read with a zero in front.
pub(super) fn bsn(digits: &[u8]) -> bool {
    let sum: i32 = digits
        .iter()
        .rev()
        .zip([-1, 2, 3, 4, 5, 6, 7, 8, 9])
        .map(|(&digit, weight)| i32::from(digit) * weight)
        .sum();
    sum % 11 == 0 && digits.iter().any(|&digit| digit != 0)
}

/// The Belgian national register number: birth date, serial, 97 minus the rest by 97; those born from 2000 on have a 2
/// in front when it is computed (Koninklijk besluit of 3 April 1984). A month is raised by 20 or 40 in a bis number.
pub(super) fn belgian(digits: &[u8]) -> bool {
    let [_, _, m1, m2, d1, d2, _, _, _, _, _] = *digits else { return false };
    let (month, day) = (m1 * 10 + m2, d1 * 10 + d2);
    let key = number(&digits[9..]);
    let body = number(&digits[..9]);
    month < 53
        && month % 20 <= 12
        && day <= 31
        && [body, 2_000_000_000 + body].iter().any(|body| 97 - body % 97 == key)
}

/// The ranges of an American social security number: no check digit, but some are never issued (SSA, POMS RM 10201).
pub(super) fn american(digits: &[u8]) -> bool {
    if digits.len() != 9 {
        return false;
    }
    let (area, group, serial) = (number(&digits[..3]), number(&digits[3..5]), number(&digits[5..]));
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
}

/// The French NIR with its key: 97 minus the rest by 97, Corsica's 2A and 2B read as 19 and 18 (INSEE).
/// In small letters.
pub(super) fn french(code: &[u8]) -> bool {
    if code.len() != 15 {
        return false;
    }
    let (department, corsican) = match code[6] {
        b'a' => (b'1', b'9'),
        b'b' => (b'1', b'8'),
        digit => (code[5], digit),
    };
    if code[6].is_ascii_alphabetic() && code[5] != b'2' {
        return false;
    }
    let mut plain = [0; 15];
    plain.copy_from_slice(code);
    plain[5] = department;
    plain[6] = corsican;
    if !plain.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits = plain.map(|byte| byte - b'0');
    let month = number(&digits[3..5]);
    matches!(digits[0], 1..=4 | 7 | 8)
        && (matches!(month, 1..=12) || month >= 20)
        && number(&digits[5..7]) != 0
        && 97 - number(&digits[..13]) % 97 == number(&digits[13..])
}

/// The German tax id: ISO 7064 mod 11,10, no zero in front, and in the first ten digits one digit twice or three times
/// but not thrice in a row, all others at most once (`BZSt`, "Prüfung der steuerlichen Identifikationsnummer").
pub(super) fn german(digits: &[u8]) -> bool {
    if digits.len() != 11 || digits[0] == 0 || mod_11_10(&digits[..10]) != digits[10] {
        return false;
    }
    let mut counts = [0_u8; 10];
    for &digit in &digits[..10] {
        counts[usize::from(digit)] += 1;
    }
    let repeated = counts.iter().filter(|&&count| count > 1).count();
    let most = counts.iter().copied().max().unwrap_or(0);
    repeated == 1
        && (most == 2 || most == 3)
        && !digits[..10].windows(3).any(|three| three[0] == three[1] && three[1] == three[2])
}

fn mod_11_10(digits: &[u8]) -> u8 {
    let product = digits.iter().fold(10, |product, &digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10
}

/// The letter of a Spanish DNI, or of a NIE whose X, Y or Z is read as 0, 1 or 2: by the rest by 23 (Real Decreto
/// 1553/2005 and the Interior Ministry's table). In small letters.
pub(super) fn spanish(code: &[u8]) -> bool {
    let Some((&letter, body)) = code.split_last() else { return false };
    let value = body.iter().try_fold(0_usize, |value, &byte| match byte {
        b'0'..=b'9' => Some(value * 10 + usize::from(byte - b'0')),
        b'x'..=b'z' if value == 0 => Some(usize::from(byte - b'x')),
        _ => None,
    });
    body.len() == 8 && value.is_some_and(|value| b"trwagmyfpdxbnjzsqvhlcke"[value % 23] == letter)
}

/// The Italian codice fiscale: its form, and its last letter by the odd and even tables of the Decreto of 23 December
/// 1976. Letters may stand for digits where two persons would share a code. In small letters.
pub(super) fn italian(code: &[u8]) -> bool {
    /// Values of 0 to 9, and of a to j, at odd places; then of k to z.
    const ODD: [u8; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let letter = |at: usize| code[at].is_ascii_lowercase();
    let figure = |at: usize| code[at].is_ascii_digit() || b"lmnpqrstuv".contains(&code[at]);
    if code.len() != 16
        || !(0..6).all(letter)
        || ![6, 7, 9, 10, 12, 13, 14].into_iter().all(figure)
        || !b"abcdehlmprst".contains(&code[8])
        || !letter(11)
        || !letter(15)
    {
        return false;
    }
    let sum: u32 = code[..15]
        .iter()
        .enumerate()
        .map(|(place, &byte)| {
            let value = if byte.is_ascii_digit() { byte - b'0' } else { byte - b'a' };
            u32::from(if place % 2 == 0 { ODD[usize::from(value)] } else { value })
        })
        .sum();
    sum % 26 == u32::from(code[15] - b'a')
}

/// The form of a British national insurance number: letters that are issued, six digits, A to D (HMRC, NIM39110).
/// In small letters.
pub(super) fn british(code: &[u8]) -> bool {
    let [first, second, digits @ .., last] = code else { return false };
    digits.len() == 6
        && digits.iter().all(u8::is_ascii_digit)
        && first.is_ascii_lowercase()
        && second.is_ascii_lowercase()
        && !b"dfiquv".contains(first)
        && !b"dfiquvo".contains(second)
        && ![b"bg", b"gb", b"kn", b"nk", b"nt", b"tn", b"zz"].contains(&&[*first, *second])
        && (b'a'..=b'd').contains(last)
}

/// The Portuguese NIF: weights 9 to 2, 11 minus the rest by 11, ten and eleven written as 0 (Decreto-Lei 14/2013). Nobody's begins
/// as a mobile telephone's number does: 91 is that of a house's owners together, and 92, 93 and 96 are not given out.
pub(super) fn portuguese(digits: &[u8]) -> bool {
    let sum: u32 = digits.iter().zip((2..=9).rev()).map(|(&digit, weight)| u32::from(digit) * weight).sum();
    let key = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    let is_mobile = matches!(digits, [9, 1 | 2 | 3 | 6, ..]);
    digits.len() == 9 && digits[0] != 0 && !is_mobile && key == u32::from(digits[8])
}

/// The number of a Portuguese citizen's card, with its letters: Luhn's doubling over all signs, a letter read as ten and
/// more (Portaria 201/2017). In small letters.
pub(super) fn portuguese_card(code: &[u8]) -> bool {
    let is_form = code.len() == 12 && code[..9].iter().all(u8::is_ascii_digit) && code[11].is_ascii_digit();
    let sum: u32 = code
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &byte)| {
            let value =
                u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'a' - 10) });
            match place % 2 {
                0 => value,
                _ if value > 4 => 2 * value - 9,
                _ => 2 * value,
            }
        })
        .sum();
    is_form && code[9..11].iter().all(u8::is_ascii_lowercase) && sum.is_multiple_of(10)
}

/// The Austrian social insurance number: weights 3 7 9, 5 8 4 2 1 6 around its fourth digit, which is the rest by 11,
/// and a birth date; months above twelve are given out where a day is used up (ASVG, Dachverband).
pub(super) fn austrian(digits: &[u8]) -> bool {
    let [a, b, c, key, d1, d2, m1, m2, y1, y2] = *digits else { return false };
    let weighed = [a, b, c, d1, d2, m1, m2, y1, y2].into_iter().zip([3, 7, 9, 5, 8, 4, 2, 1, 6]);
    let sum: u32 = weighed.map(|(digit, weight)| u32::from(digit) * weight).sum();
    let (day, month) = (d1 * 10 + d2, m1 * 10 + m2);
    a != 0 && sum % 11 == u32::from(key) && (1..=31).contains(&day) && (1..=15).contains(&month)
}

/// The Swiss AHV number: 756, and the check digit of EAN-13 (AHVV, article 133).
pub(super) fn swiss(digits: &[u8]) -> bool {
    let sum: u32 =
        digits.iter().zip([1, 3].iter().cycle()).map(|(&digit, weight)| u32::from(digit) * weight).sum();
    digits.len() == 13 && digits.starts_with(&[7, 5, 6]) && sum.is_multiple_of(10)
}

/// The Canadian social insurance number: Luhn's test; none opens with 0 or 8 (Service Canada).
pub(super) fn canadian(digits: &[u8]) -> bool {
    digits.len() == 9 && !matches!(digits[0], 0 | 8) && luhn(digits)
}

/// The Brazilian CPF: two check digits, weights falling to 2, eleven minus the rest, ten written as 0 (Receita Federal).
pub(super) fn brazilian(digits: &[u8]) -> bool {
    let key = |count: usize| {
        let weights = (2..=10 + u32::from(count > 9)).rev();
        let sum: u32 =
            digits[..count].iter().zip(weights).map(|(&digit, weight)| u32::from(digit) * weight).sum();
        u8::try_from(sum * 10 % 11 % 10).unwrap_or(0)
    };
    digits.len() == 11
        && digits.iter().any(|digit| *digit != digits[0])
        && digits[9] == key(9)
        && digits[10] == key(10)
}

/// The Brazilian PIS or NIS: weights 3, 2, 9 to 2, eleven minus the rest, ten and eleven written as 0 (Caixa).
pub(super) fn brazilian_worker(digits: &[u8]) -> bool {
    let sum = weighed(digits, &[3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
    digits.len() == 11 && (11 - sum % 11) % 11 % 10 == u32::from(digits[10])
}

/// The Argentine CUIT or CUIL: weights 5 to 2 and 7 to 2, eleven minus the rest, eleven written as 0 (AFIP).
pub(super) fn argentine(digits: &[u8]) -> bool {
    let sum = weighed(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    digits.len() == 11
        && matches!(digits[..2], [2, 0 | 3 | 4 | 5 | 7] | [3, 0 | 3 | 4])
        && (11 - sum % 11) % 11 == u32::from(digits[10])
}

/// The Chilean RUT: weights 2 to 7 from the right, eleven minus the rest, ten written as K (Registro Civil).
/// In small letters.
pub(super) fn chilean(code: &[u8]) -> bool {
    let Some((&key, body)) = code.split_last() else { return false };
    let sum: u32 =
        body.iter().rev().zip((2..=7).cycle()).map(|(&byte, weight)| u32::from(byte - b'0') * weight).sum();
    let wanted = match 11 - sum % 11 {
        11 => b'0',
        10 => b'k',
        rest => b'0' + u8::try_from(rest).unwrap_or(0),
    };
    matches!(body.len(), 7 | 8) && key == wanted
}

/// The Mexican CURP: letters, a birth date, sex, state, letters, and a key by the weights 18 to 2 (RENAPO).
/// In small letters.
pub(super) fn mexican(code: &[u8]) -> bool {
    let is_form = code.len() == 18
        && code[..4].iter().all(u8::is_ascii_lowercase)
        && is_birth(&code[4..10])
        && matches!(code[10], b'h' | b'm' | b'x')
        && code[11..16].iter().all(u8::is_ascii_lowercase)
        && code[17].is_ascii_digit();
    is_form && (10 - mexican_sum(&code[..17], 18) % 10) % 10 == u32::from(code[17] - b'0')
}

/// The Mexican RFC of a person: letters, a birth date, two signs, and a key by the weights 13 to 2, eleven minus the
/// rest, ten written as A (SAT). In small letters.
pub(super) fn mexican_tax(code: &[u8]) -> bool {
    let is_form = code.len() == 13 && code[..4].iter().all(u8::is_ascii_lowercase) && is_birth(&code[4..10]);
    let key = match code.last() {
        Some(b'a') => 10,
        Some(digit) if digit.is_ascii_digit() => u32::from(digit - b'0'),
        _ => return false,
    };
    is_form && (11 - mexican_sum(&code[..12], 13) % 11) % 11 == key
}

/// Each sign by its place in 0 to 9, A to N, Ñ, O to Z, weighed from `weight` down.
fn mexican_sum(code: &[u8], weight: u32) -> u32 {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'a'..=b'n' => u32::from(byte - b'a') + 10,
        _ => u32::from(byte.saturating_sub(b'a')) + 11,
    };
    code.iter().zip((0..=weight).rev()).map(|(&byte, weight)| value(byte) * weight).sum()
}

/// Year, month and day, two digits each.
fn is_birth(code: &[u8]) -> bool {
    let two = |at: usize| (code[at] - b'0') * 10 + code[at + 1] - b'0';
    code.iter().all(u8::is_ascii_digit) && (1..=12).contains(&two(2)) && (1..=31).contains(&two(4))
}

/// The British NHS number: weights 10 to 2, eleven minus the rest, eleven written as 0 (NHS Data Dictionary).
pub(super) fn british_health(digits: &[u8]) -> bool {
    let sum = weighed(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    digits.len() == 10 && (11 - sum % 11) % 11 == u32::from(digits[9])
}

/// The Irish PPS number: weights 8 to 2, a second letter by 9, and a letter by the rest by 23 (Department of Social
/// Protection). In small letters.
pub(super) fn irish(code: &[u8]) -> bool {
    let letter = |at: usize| code.get(at).map_or(0, |byte| u32::from(byte - b'a' + 1));
    let is_form = matches!(code.len(), 8 | 9)
        && code[..7].iter().all(u8::is_ascii_digit)
        && code[7..].iter().all(u8::is_ascii_lowercase);
    is_form && {
        let second = if letter(8) == 23 { 0 } else { letter(8) };
        let sum: u32 =
            code[..7].iter().zip((2..=8).rev()).map(|(&byte, weight)| u32::from(byte - b'0') * weight).sum();
        (sum + second * 9) % 23 == letter(7) % 23
    }
}

/// The Australian tax file number: weights 1, 4, 3, 7, 5, 8, 6, 9, 10; no rest by 11 (ATO).
pub(super) fn australian(digits: &[u8]) -> bool {
    digits.len() == 9 && weighed(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

/// The Australian Medicare number: opens with 2 to 6, its ninth digit by the weights 1, 3, 7, 9 (Services Australia).
pub(super) fn australian_health(digits: &[u8]) -> bool {
    matches!(digits.len(), 10 | 11)
        && matches!(digits[0], 2..=6)
        && weighed(&digits[..8], &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == u32::from(digits[8])
}

/// The Spanish social security number: province, number, and the rest by 97 (TGSS).
pub(super) fn spanish_social(digits: &[u8]) -> bool {
    if digits.len() != 12 {
        return false;
    }
    let (province, serial) = (number(&digits[..2]), number(&digits[2..10]));
    let body =
        if serial < 10_000_000 { province * 10_000_000 + serial } else { province * 100_000_000 + serial };
    (1..=66).contains(&province) && body % 97 == number(&digits[10..])
}

/// The French tax number: ten digits and the rest by 511 (`DGFiP`).
pub(super) fn french_tax(digits: &[u8]) -> bool {
    digits.len() == 13 && digits[0] <= 3 && number(&digits[..10]) % 511 == number(&digits[10..])
}

/// The Portuguese social security number: primes from 29 down, nine minus the rest by 10 (Segurança Social).
pub(super) fn portuguese_social(digits: &[u8]) -> bool {
    let sum = weighed(digits, &[29, 23, 19, 17, 13, 11, 7, 5, 3, 2]);
    digits.len() == 11 && matches!(digits[0], 1 | 2) && 9 - sum % 10 == u32::from(digits[10])
}

/// The American taxpayer number of those without a social security number: 9 first, and the groups that the IRS gives out
/// (Internal Revenue Manual 3.21.263).
pub(super) fn american_tax(digits: &[u8]) -> bool {
    digits.len() == 9
        && digits[0] == 9
        && matches!(number(&digits[3..5]), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// The New Zealand IRD number: weights 3 2 7 6 5 4 3 2, eleven minus the rest, and a second row where that is ten (Inland
/// Revenue, "Resident withholding tax specification").
pub(super) fn new_zealand(digits: &[u8]) -> bool {
    if !matches!(digits.len(), 8 | 9) {
        return false;
    }
    let (&key, body) = digits.split_last().unwrap_or((&0, &[]));
    let by = |row: [u32; 8]| (11 - weighed(body, &row[8 - body.len()..]) % 11) % 11;
    let wanted = match by([3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => by([7, 4, 3, 2, 5, 2, 7, 6]),
        first => first,
    };
    (10_000_000..=150_000_000).contains(&number(digits)) && wanted == u32::from(key)
}

/// The South African identity number: a birth date, four for the sex, citizen or not, Luhn's test (Identification Act 1997).
pub(super) fn south_african(digits: &[u8]) -> bool {
    digits.len() == 13
        && (1..=12).contains(&number(&digits[2..4]))
        && (1..=31).contains(&number(&digits[4..6]))
        && digits[10] <= 2
        && luhn(digits)
}

/// The Indian Aadhaar: twelve digits, none opens with 0 or 1, Verhoeff's test (UIDAI).
pub(super) fn indian(digits: &[u8]) -> bool {
    digits.len() == 12 && digits[0] >= 2 && verhoeff(digits.iter().rev().copied())
}

/// The Luxembourg matricule: a birth date, three more, then Luhn's digit and Verhoeff's, both over the first eleven (Loi du
/// 19 juin 2013, Règlement grand-ducal of 28 November 2013).
pub(super) fn luxembourgish(digits: &[u8]) -> bool {
    digits.len() == 13
        && matches!(digits[..2], [1, 8 | 9] | [2, 0])
        && (1..=12).contains(&number(&digits[4..6]))
        && (1..=31).contains(&number(&digits[6..8]))
        && luhn(&digits[..12])
        && verhoeff(std::iter::once(digits[12]).chain(digits[..11].iter().rev().copied()))
}

/// The Uruguayan identity card: weights 2, 9, 8, 7, 6, 3, 4, ten minus the rest (Dirección Nacional de Identificación Civil).
pub(super) fn uruguayan(digits: &[u8]) -> bool {
    digits.len() == 8
        && digits[0] != 0
        && (10 - weighed(digits, &[2, 9, 8, 7, 6, 3, 4]) % 10) % 10 == u32::from(digits[7])
}

/// The Brazilian voter's number: eight digits, the state, and two check digits by 11; in São Paulo and Minas Gerais the
/// rest 0 is written as 1 (Tribunal Superior Eleitoral, Resolução 21.538/2003).
pub(super) fn brazilian_voter(digits: &[u8]) -> bool {
    if digits.len() != 12 {
        return false;
    }
    let state = number(&digits[8..10]);
    let key = |sum: u32| match sum % 11 {
        10 => 0,
        0 if state <= 2 => 1,
        rest => rest,
    };
    let first = key(weighed(digits, &[2, 3, 4, 5, 6, 7, 8, 9]));
    let second = key(u32::from(digits[8]) * 7 + u32::from(digits[9]) * 8 + first * 9);
    (1..=28).contains(&state) && first == u32::from(digits[10]) && second == u32::from(digits[11])
}

/// The Brazilian health card: fifteen digits weighed 15 to 1, no rest by 11 (DATASUS).
pub(super) fn brazilian_health(digits: &[u8]) -> bool {
    digits.len() == 15
        && matches!(digits[0], 1 | 2 | 7..=9)
        && weighed(digits, &[15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

/// The British taxpayer reference: its first digit by the others, weights 6, 7, 8, 9, 10, 5, 4, 3, 2 (HMRC).
pub(super) fn british_tax(digits: &[u8]) -> bool {
    const KEYS: [u8; 11] = [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    digits.len() == 10 && {
        let sum = weighed(&digits[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]);
        KEYS[sum as usize % 11] == digits[0]
    }
}

/// Verhoeff's test over digits from the last to the first: the group of a pentagon's turns and flips, and a permutation
/// for each place (J. Verhoeff, "Error detecting decimal codes", 1969).
fn verhoeff(digits: impl Iterator<Item = u8>) -> bool {
    // Turns are 0 to 4, flips 5 to 9.
    let joined = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let permuted = |digit: u8, place: usize| {
        (0..place % 8).fold(digit, |digit, _| [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][usize::from(digit)])
    };
    digits.enumerate().fold(0, |sum, (place, digit)| joined(sum, permuted(digit, place))) == 0
}

/// The German pension insurance number: area, birth date, a letter, serial, and the cross sum of what is weighed
/// (VKVV). In small letters.
pub(super) fn german_pension(code: &[u8]) -> bool {
    let is_form = code.len() == 12
        && code[..8].iter().all(u8::is_ascii_digit)
        && code[8].is_ascii_lowercase()
        && code[9..].iter().all(u8::is_ascii_digit);
    if !is_form {
        return false;
    }
    let digit = |at: usize| code[at] - b'0';
    let (day, month) = (digit(2) * 10 + digit(3), digit(4) * 10 + digit(5));
    let letter = code[8] - b'a' + 1;
    let row = (0..8).map(digit).chain([letter / 10, letter % 10, digit(9), digit(10)]);
    let sum: u32 = row
        .zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(digit, weight)| cross(u32::from(digit) * weight))
        .sum();
    (1..=31).contains(&day) && (1..=12).contains(&month) && sum % 10 == u32::from(digit(11))
}

/// The German health insurance number: a letter as two digits, eight more, and the cross sum by weights 1 and 2
/// (GKV-Spitzenverband). In small letters.
pub(super) fn german_health(code: &[u8]) -> bool {
    let is_form =
        code.len() == 10 && code[0].is_ascii_lowercase() && code[1..].iter().all(u8::is_ascii_digit);
    if !is_form {
        return false;
    }
    let letter = code[0] - b'a' + 1;
    let row = [letter / 10, letter % 10].into_iter().chain(code[1..9].iter().map(|byte| byte - b'0'));
    let sum: u32 =
        row.zip([1, 2].into_iter().cycle()).map(|(digit, weight)| cross(u32::from(digit) * weight)).sum();
    sum % 10 == u32::from(code[9] - b'0')
}

fn cross(value: u32) -> u32 {
    value / 10 + value % 10
}

fn weighed(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(&digit, weight)| u32::from(digit) * weight).sum()
}

/// The Polish PESEL: weights 1, 3, 7, 9 (Ustawa o ewidencji ludności).
pub(super) fn polish(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .zip([1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1])
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    digits.len() == 11 && sum.is_multiple_of(10)
}

fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, &digit| value * 10 + u64::from(digit))
}
