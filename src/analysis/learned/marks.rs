//! What stands between two words? Question and exclamation marks, dots, the ends of clauses, money, faces.

/// The marks between two words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) questions: u8,
    pub(super) bangs: u8,
    /// Two full stops or more, or an ellipsis.
    pub(super) has_dots: bool,
    /// A comma, full stop, semicolon, colon, line end or any of the above.
    pub(super) ends_clause: bool,
    /// The sign of a currency.
    pub(super) has_money: bool,
    /// 1 for `:)`, -1 for `:(`, 0 without a face.
    pub(super) mood: i8,
}

impl Marks {
    /// Reads the marks of `gap`.
    pub(super) fn of(gap: &str) -> Self {
        let mut marks = Self::default();
        if gap.len() <= 1 && matches!(gap, "" | " ") {
            return marks;
        }
        let mut before = [' '; 2];
        for c in gap.chars() {
            match c {
                '?' | '¿' => marks.questions = marks.questions.saturating_add(1),
                '!' | '¡' => marks.bangs = marks.bangs.saturating_add(1),
                '…' => marks.has_dots = true,
                '.' if before[1] == '.' => marks.has_dots = true,
                '$' | '€' | '£' | '¥' | '₹' => marks.has_money = true,
                ')' | ']' if is_face(before) => marks.mood = 1,
                '(' | '[' | '/' | '\\' if is_face(before) => marks.mood = -1,
                _ => (),
            }
            marks.ends_clause |= matches!(c, '.' | ',' | ';' | '\n' | '?' | '!' | '…');
            before = [before[1], c];
        }
        marks
    }

    /// There is nothing to tell.
    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// The eyes of a face, perhaps with a nose or a tear.
fn is_face([eyes, nose]: [char; 2]) -> bool {
    let is_eyes = |c| matches!(c, ':' | ';' | '=');
    is_eyes(nose) || is_eyes(eyes) && matches!(nose, '-' | '\'' | '’' | '^' | 'o')
}

/// 1 for an emoji of joy or praise, -1 for one of anger or grief, 0 for any other.
pub(super) fn mood_of_emoji(emoji: &str) -> i8 {
    const GLAD: &str = "😀😃😄😁😆😊🙂😍🥰😘👍🙏💪🎉❤♥💕👌😎🤗👏✨🙌😻💖💙💚💛💜🏆🥳";
    const SORE: &str = "😠😡🤬😤😒🙄😞😢😭😩😫😔👎🤦😑😣😖💩😾🤮😱🖕";
    match emoji.chars().next() {
        Some(c) if GLAD.contains(c) => 1,
        Some(c) if SORE.contains(c) => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_and_faces_seen() {
        let marks = Marks::of(" ?!! ");
        assert_eq!((marks.questions, marks.bangs, marks.ends_clause), (1, 2, true));
        assert!(Marks::of("...").has_dots && Marks::of("…").has_dots && !Marks::of(". ").has_dots);
        for (gap, mood) in [(" :) ", 1), (" ;-) ", 1), (" :( ", -1), (" :'( ", -1), (" (", 0), (" - ", 0)] {
            assert_eq!(Marks::of(gap).mood, mood, "{gap}");
        }
        assert!(Marks::of(" € ").has_money && Marks::of(" ").is_none() && Marks::of(" - ").is_none());
        assert_eq!((mood_of_emoji("👍"), mood_of_emoji("🤬"), mood_of_emoji("🚲")), (1, -1, 0));
    }
}
