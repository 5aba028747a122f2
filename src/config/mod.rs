//! How is it set? Reads the files that people write, and says at once all that is wrong with them.
//!
//! To add a market, put `queries/<name>.toml` beside the others and name it in [`shipped`]; a test compares the two.

mod brand;
mod fault;
mod route;
mod section;
mod watchlist;

pub use fault::Fault;
pub use watchlist::{Checked, check_watchlist, is_contact, read_watchlist};

/// The watchlists that come with the program, as (id, text of the file), by name.
#[must_use]
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    &[
        ("demo", include_str!("../../queries/demo.toml")),
        ("dutch-telecom", include_str!("../../queries/dutch-telecom.toml")),
        ("us-airlines", include_str!("../../queries/us-airlines.toml")),
        ("us-banks", include_str!("../../queries/us-banks.toml")),
    ]
}

/// Reads a TOML text that came with the program.
///
/// # Errors
/// If it is not what `T` expects: a fault of the program, not of its user.
pub fn parse_toml<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, toml::de::Error> {
    toml::from_str(text)
}

#[cfg(test)]
mod tests;
