//! Here is a text: which language, which words, which stems, what must be masked?

pub mod mask;
