//! Which verb is meant where its particle stands apart, as in "ik zeg mijn abonnement op" and "om op te zeggen"?
//!
//! Said as the words of a text come by: a particle completes each verb of the last few words that takes it. It is not a
//! parse: "bel op maandag" counts as opbellen too. What it finds is one more stem at the place of the word that
//! completes the verb, so nothing that was found before is lost, and the term column does not hear of it.

use super::{Particle, Stems};

/// How many words may follow a verb before its particle. Judged: "zeg per direct mijn hele abonnement bij jullie op".
const MOST_BETWEEN: u32 = 8;

/// Verbs that may still get their particle.
const MOST_OPEN: usize = 3;

/// The words that came by of late.
#[derive(Debug, Default)]
pub struct Particles {
    /// The last verbs and their positions, the newest first.
    open: [Option<(&'static [Particle], u32)>; MOST_OPEN],
    /// The last particle and its position.
    last: Option<(Box<str>, u32)>,
    /// Where the last `te` stood.
    infinitive_at: Option<u32>,
}

impl Particles {
    /// Returns the stems of the separable verbs that the word with these stems at `position` completes.
    pub fn meet(&mut self, stems: &Stems, position: u32) -> Vec<&'static str> {
        if stems.is_particle {
            let open = self.open.iter().flatten().filter(|(_, at)| position - at <= MOST_BETWEEN + 1);
            let completed =
                open.flat_map(|(particles, _)| *particles).filter(|(particle, _)| *particle == stems.first);
            let mut completed: Vec<&'static str> = completed.map(|(_, stem)| &**stem).collect();
            // One verb may stand there twice.
            completed.dedup();
            self.last = Some((stems.first.clone(), position));
            return completed;
        }
        if &*stems.first == "te" {
            self.infinitive_at = Some(position);
        } else if !stems.particles.is_empty() {
            self.open.rotate_right(1);
            self.open[0] = Some((stems.particles, position));
            let is_infinitive = position > 1 && self.infinitive_at == Some(position - 1);
            if is_infinitive
                && let Some((last, at)) = &self.last
                && *at == position - 2
            {
                let completed = stems.particles.iter().filter(|(particle, _)| particle == last);
                return completed.map(|(_, stem)| &**stem).collect();
            }
        }
        Vec::new()
    }

    /// Forgets all: a sentence ends.
    pub fn end_sentence(&mut self) {
        self.open = [None; MOST_OPEN];
        self.last = None;
        self.infinitive_at = None;
    }
}
