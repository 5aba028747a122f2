//! How many posts about which brand have which problem, in which languages? One pass, of which a whole matrix is read.
//!
//! Cases and authors count once in whatever languages are asked for: who writes in two is one author of both together, and
//! one of each. So a number is not kept for each language but for each set of languages that a unit has it in; nearly
//! all are sets of one.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::compare::{Part, Sides};
use super::seen::{Seen, SeenPosts};
use crate::model::{BrandId, Language, Ledger, ProblemId};

/// Some languages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Languages(u8);

impl Languages {
    /// All of them.
    pub const ALL: Self = Self(u8::MAX);

    /// The same and one more.
    #[must_use]
    pub fn with(self, language: Language) -> Self {
        Self(self.0 | 1 << language as u8)
    }

    /// The same and some others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that are in both.
    #[must_use]
    pub fn shared(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn each(self) -> impl Iterator<Item = Language> {
        Language::ALL.into_iter().filter(move |language| self.0 & (1 << *language as u8) != 0)
    }
}

impl From<Language> for Languages {
    fn from(language: Language) -> Self {
        Self::default().with(language)
    }
}

/// So many posts, cases or authors, and so many posts in their list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Number {
    /// What is counted.
    pub count: u64,
    /// Posts, whatever is counted.
    pub listed: u64,
}

/// Posts of whom: of all, of a brand or of a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column(usize);

impl Column {
    /// The posts of the question, about whatever brand or none.
    pub const ALL: Self = Self(0);
    /// Those that are about any brand.
    pub const BRANDED: Self = Self(1);
    /// Columns before the first brand.
    const FIRST: usize = 2;
}

/// Posts that have what: anything, no problem, or one problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row(usize);

impl Row {
    /// Whatever they have.
    pub const ANY: Self = Self(0);
    /// Those without any problem of the ledger.
    pub const WITHOUT: Self = Self(1);
    /// Rows before the first problem.
    const FIRST: usize = 2;
}

/// How many posts of whom have what, in which languages.
#[derive(Debug, Clone, Default)]
pub struct Crossed {
    /// By number: one column for each.
    brands: Vec<String>,
    columns: usize,
    problems: Vec<ProblemId>,
    /// The cells of each language, row after row; none of a language without posts. Units are here that have it in this
    /// language alone: of posts, all.
    cells: [Vec<Counts>; Language::ALL.len()],
    /// Units that have it in several languages: of a cell, in which, and how many.
    mixed: FxHashMap<usize, Vec<(Languages, Counts)>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Units with a post of the column that has what the row says.
    having: u32,
    /// Units with a post of the column, and one about any brand that has what the row says: the same post, or another in the
    /// same language.
    both: u32,
    /// Posts, whatever is counted.
    listed: u32,
}

impl Crossed {
    /// Counts `seen`. `numbers` says of each post which of `problems` it has, by their places, and `None` for those that are not
    /// looked at. A side is a column for the posts about any of some brands.
    pub(super) fn new<I: Iterator<Item = Option<usize>>>(
        seen: &SeenPosts,
        problems: Vec<ProblemId>,
        sides: &[Vec<BrandId>],
        numbers: impl Fn(&Seen) -> I,
    ) -> Self {
        let mut sides_of: Vec<Vec<usize>> = vec![Vec::new(); seen.brands.len()];
        for (side, ids) in sides.iter().enumerate() {
            for id in ids {
                if let Ok(at) = seen.brands.binary_search_by(|known| known.as_str().cmp(id.as_str())) {
                    sides_of[at].push(Column::FIRST + seen.brands.len() + side);
                }
            }
        }
        let mut crossed = Self {
            brands: seen.brands.clone(),
            columns: Column::FIRST + seen.brands.len() + sides.len(),
            problems,
            ..Self::default()
        };
        let read = |post: &Seen, columns: &mut Vec<usize>, rows: &mut Vec<usize>| {
            columns.clear();
            columns.push(Column::ALL.0);
            if !seen.brands_of(post).is_empty() {
                columns.push(Column::BRANDED.0);
            }
            for brand in seen.brands_of(post) {
                columns.push(Column::FIRST + *brand as usize);
                for side in &sides_of[*brand as usize] {
                    if !columns.contains(side) {
                        columns.push(*side);
                    }
                }
            }
            rows.clear();
            rows.push(Row::ANY.0);
            let mut is_without = true;
            for problem in numbers(post) {
                is_without = false;
                rows.extend(problem.map(|problem| Row::FIRST + problem));
            }
            if is_without {
                rows.push(Row::WITHOUT.0);
            }
        };
        let (mut columns, mut rows) = (Vec::new(), Vec::new());
        let mut of_units: Vec<(u64, u32)> = Vec::new();
        for (at, post) in seen.posts.iter().enumerate() {
            if let Some(unit) = post.unit {
                of_units.push((unit, u32::try_from(at).unwrap_or(u32::MAX)));
            } else {
                read(post, &mut columns, &mut rows);
                crossed.add_one(post.language, &columns, &rows);
            }
        }
        of_units.sort_unstable();
        let mut cells: Vec<(usize, usize, Languages)> = Vec::new();
        for posts in of_units.chunk_by(|one, other| one.0 == other.0) {
            cells.clear();
            for (_, at) in posts {
                let post = &seen.posts[*at as usize];
                read(post, &mut columns, &mut rows);
                if posts.len() == 1 {
                    crossed.add_one(post.language, &columns, &rows);
                    continue;
                }
                for row in &rows {
                    for column in &columns {
                        crossed.cell(post.language, *row, *column).listed += 1;
                        cells.push((*row, *column, post.language.into()));
                    }
                }
            }
            crossed.add_unit(&mut cells);
        }
        crossed
    }

    fn cell(&mut self, language: Language, row: usize, column: usize) -> &mut Counts {
        let cells = &mut self.cells[language as usize];
        if cells.is_empty() {
            cells.resize((Row::FIRST + self.problems.len()) * self.columns, Counts::default());
        }
        &mut cells[row * self.columns + column]
    }

    /// Counts what has one post only.
    fn add_one(&mut self, language: Language, columns: &[usize], rows: &[usize]) {
        for row in rows {
            for column in columns {
                let counts = self.cell(language, *row, *column);
                counts.having += 1;
                counts.both += 1;
                counts.listed += 1;
            }
        }
    }

    /// Counts a unit once in each cell that any of its posts is in.
    fn add_unit(&mut self, cells: &mut Vec<(usize, usize, Languages)>) {
        cells.sort_unstable_by_key(|(row, column, _)| (*row, *column));
        cells.dedup_by(|next, first| {
            let is_same = (next.0, next.1) == (first.0, first.1);
            if is_same {
                first.2 = first.2.and(next.2);
            }
            is_same
        });
        let whose = cells.partition_point(|(row, ..)| *row == Row::ANY.0);
        for (row, column, languages) in cells.iter() {
            self.count(*row, *column, *languages, |counts| &mut counts.having);
            if Column(*column) == Column::BRANDED {
                for (_, of, about) in &cells[..whose] {
                    self.count(*row, *of, languages.shared(*about), |counts| &mut counts.both);
                }
            }
        }
    }

    fn count(&mut self, row: usize, column: usize, languages: Languages, which: fn(&mut Counts) -> &mut u32) {
        let mut each = languages.each();
        match (each.next(), each.next()) {
            (None, _) => {}
            (Some(language), None) => *which(self.cell(language, row, column)) += 1,
            _ => {
                let sets = self.mixed.entry(row * self.columns + column).or_default();
                let at = sets.iter().position(|(known, _)| *known == languages).unwrap_or_else(|| {
                    sets.push((languages, Counts::default()));
                    sets.len() - 1
                });
                *which(&mut sets[at].1) += 1;
            }
        }
    }

    /// The column of a brand; `None` if no post of the index is about it.
    #[must_use]
    pub fn brand(&self, id: &BrandId) -> Option<Column> {
        let at = self.brands.binary_search_by(|known| known.as_str().cmp(id.as_str())).ok()?;
        Some(Column(Column::FIRST + at))
    }

    /// The column of the side with that number.
    #[must_use]
    pub fn side(&self, number: usize) -> Column {
        Column(Column::FIRST + self.brands.len() + number)
    }

    /// The brands that any of the posts is about, by id.
    pub fn brands(&self) -> impl Iterator<Item = (BrandId, Column)> {
        let brands = self.brands.iter().zip(Column::FIRST..).map(|(id, at)| (id, Column(at)));
        let having = brands.filter(|(_, column)| self.number(Languages::ALL, Row::ANY, *column).count > 0);
        having.filter_map(|(id, column)| Some((BrandId::new(id.as_str()).ok()?, column)))
    }

    /// The problems that were looked at, and their rows.
    pub fn problems(&self) -> impl Iterator<Item = (&ProblemId, Row)> {
        self.problems.iter().zip(Row::FIRST..).map(|(id, at)| (id, Row(at)))
    }

    /// The languages in which any post has what a row says.
    #[must_use]
    pub fn languages(&self, row: Row) -> Languages {
        Language::ALL
            .into_iter()
            .filter(|language| self.number((*language).into(), row, Column::ALL).listed > 0)
            .fold(Languages::default(), Languages::with)
    }

    /// The languages in which each problem is known, in the order of [`problems`](Self::problems): those that the ledger knows,
    /// and all in which any post has it.
    #[must_use]
    pub fn known_in(&self, ledger: &Ledger) -> Vec<Languages> {
        let known = known_languages(ledger);
        let of = |(id, row)| known.get(id).copied().unwrap_or_default().and(self.languages(row));
        self.problems().map(of).collect()
    }

    /// How many of whom have it in any of some languages.
    #[must_use]
    pub fn number(&self, languages: Languages, row: Row, column: Column) -> Number {
        let cell = row.0 * self.columns + column.0;
        Number {
            count: self.sum(languages, cell, |counts| counts.having),
            listed: self.sum(languages, cell, |counts| counts.listed),
        }
    }

    fn sum(&self, languages: Languages, cell: usize, which: fn(&Counts) -> u32) -> u64 {
        let alone = |language: Language| self.cells[language as usize].get(cell).map_or(0, which);
        let sum: u64 = languages.each().map(|language| u64::from(alone(language))).sum();
        let sets = self.mixed.get(&cell).into_iter().flatten();
        let here = sets.filter(|(set, _)| !set.shared(languages).is_empty());
        sum + here.map(|(_, counts)| u64::from(which(counts))).sum::<u64>()
    }

    /// What a brand's posts have of a problem, set against the posts that are about other brands and not about it, in each of some
    /// languages. A unit with a post about the brand is on its side with all it has in that language, so that none is on both.
    #[must_use]
    pub fn against_rest(&self, languages: Languages, row: Row, column: Column) -> Sides {
        let kind = |language: Language| {
            let count = |row, column| self.number(Languages::from(language), row, column).count;
            let (all, own) = (count(Row::ANY, Column::BRANDED), count(Row::ANY, column));
            let cell = row.0 * self.columns + column.0;
            let on_its_side = self.sum(language.into(), cell, |counts| counts.both);
            let rest = Part {
                count: count(row, Column::BRANDED).saturating_sub(on_its_side),
                of: all.saturating_sub(own),
            };
            (Part { count: count(row, column), of: own }, rest)
        };
        Sides { kinds: languages.each().map(kind).collect() }
    }

    /// What the posts of one column have of a problem, set against those of another, in each of some languages.
    #[must_use]
    pub fn against(&self, languages: Languages, row: Row, [one, other]: [Column; 2]) -> Sides {
        let part = |language: Language, column| Part {
            count: self.number(language.into(), row, column).count,
            of: self.number(language.into(), Row::ANY, column).count,
        };
        let kind = |language| (part(language, one), part(language, other));
        Sides { kinds: languages.each().map(kind).collect() }
    }
}

/// The languages of each problem: its own, and those of what was merged into it.
#[must_use]
pub fn known_languages(ledger: &Ledger) -> BTreeMap<&ProblemId, Languages> {
    let mut known: BTreeMap<&ProblemId, Languages> = BTreeMap::new();
    for problem in ledger.all() {
        if let Some(root) = ledger.root(&problem.id) {
            let languages = known.entry(&root.id).or_default();
            *languages = languages.with(problem.signature.language);
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const BRANDS: [&str; 3] = ["alpha", "beta", "gamma"];

    /// A post: its unit, its language, its brands and its problems by number; a problem with number 2 is not looked at.
    #[derive(Debug, Clone)]
    struct Made {
        unit: Option<u64>,
        language: Language,
        brands: BTreeSet<u32>,
        problems: BTreeSet<usize>,
    }

    fn made() -> impl Strategy<Value = Vec<Made>> {
        let language = prop::sample::select(vec![Language::Dutch, Language::English, Language::Other]);
        let one = (
            prop::option::weighted(0.8, 0_u64..6),
            language,
            prop::collection::btree_set(0_u32..3, 0..3),
            prop::collection::btree_set(0_usize..3, 0..3),
        );
        let post =
            one.prop_map(|(unit, language, brands, problems)| Made { unit, language, brands, problems });
        prop::collection::vec(post, 0..25)
    }

    fn crossed(posts: &[Made]) -> Crossed {
        let brand = |id: &str| BrandId::new(id).unwrap();
        let seen: Vec<_> = posts
            .iter()
            .map(|post| (post.unit, post.language, post.brands.iter().copied().collect()))
            .collect();
        let problems = ["late", "lost"].map(|id| ProblemId::new(id).unwrap()).to_vec();
        let sides = [vec![brand("alpha")], vec![brand("beta"), brand("gamma"), brand("unheard")]];
        Crossed::new(&SeenPosts::made(&BRANDS, &seen), problems, &sides, |post| {
            let made = &posts[usize::try_from(post.second.unwrap()).unwrap()];
            made.problems
                .iter()
                .map(|number| (*number < 2).then_some(*number))
                .collect::<Vec<_>>()
                .into_iter()
        })
    }

    /// Which posts are in a column or a row.
    type IsIn = fn(&Made) -> bool;

    fn columns(crossed: &Crossed) -> Vec<(Column, IsIn)> {
        let brand = |id: &str| crossed.brand(&BrandId::new(id).unwrap()).unwrap();
        vec![
            (Column::ALL, |_| true),
            (Column::BRANDED, |post| !post.brands.is_empty()),
            (brand("alpha"), |post| post.brands.contains(&0)),
            (brand("gamma"), |post| post.brands.contains(&2)),
            (crossed.side(0), |post| post.brands.contains(&0)),
            (crossed.side(1), |post| post.brands.contains(&1) || post.brands.contains(&2)),
        ]
    }

    fn rows() -> [(Row, IsIn); 4] {
        [
            (Row::ANY, |_| true),
            (Row::WITHOUT, |post| post.problems.is_empty()),
            (Row(Row::FIRST), |post| post.problems.contains(&0)),
            (Row(Row::FIRST + 1), |post| post.problems.contains(&1)),
        ]
    }

    /// The units of some posts; what has none is its own.
    fn units<'a>(posts: &'a [Made], is_in: impl Fn(&Made) -> bool + 'a) -> BTreeSet<(Option<u64>, usize)> {
        let here = posts.iter().enumerate().filter(|(_, post)| is_in(post));
        here.map(|(at, post)| (post.unit, if post.unit.is_some() { 0 } else { at })).collect()
    }

    proptest! {
        #[test]
        fn every_cell_counts_each_unit_once(posts in made()) {
            let crossed = crossed(&posts);
            let sets = [
                Languages::ALL,
                Language::Dutch.into(),
                Languages::from(Language::English).with(Language::Other),
                Languages::default(),
            ];
            for (column, is_of) in columns(&crossed) {
                for (row, has) in rows() {
                    for set in sets {
                        let is_in = |post: &Made| {
                            is_of(post) && has(post) && !set.shared(post.language.into()).is_empty()
                        };
                        let expect = Number {
                            count: units(&posts, is_in).len() as u64,
                            listed: posts.iter().filter(|post| is_in(post)).count() as u64,
                        };
                        prop_assert_eq!(crossed.number(set, row, column), expect, "{:?} {:?} {:?}", row, column, set);
                    }
                }
            }
        }

        #[test]
        fn no_unit_is_on_both_sides(posts in made()) {
            let crossed = crossed(&posts);
            let alpha = crossed.brand(&BrandId::new("alpha").unwrap()).unwrap();
            for (row, has) in rows() {
                for language in [Language::Dutch, Language::English, Language::Other] {
                    let here = |is: IsIn| units(&posts, move |post| post.language == language && is(post));
                    let own = here(|post| post.brands.contains(&0));
                    let others: BTreeSet<_> = &here(|post| !post.brands.is_empty()) - &own;
                    let having = |post: &Made| post.language == language && has(post);
                    let expect = (
                        Part {
                            count: units(&posts, |post| having(post) && post.brands.contains(&0)).len() as u64,
                            of: own.len() as u64,
                        },
                        Part {
                            count: others
                                .intersection(&units(&posts, |post| having(post) && !post.brands.is_empty()))
                                .count() as u64,
                            of: others.len() as u64,
                        },
                    );
                    prop_assert_eq!(&crossed.against_rest(language.into(), row, alpha).kinds, &vec![expect]);
                }
            }
        }
    }
}
