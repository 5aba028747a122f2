//! How does each site want to be asked, and how does its answer read?
//!
//! Everything here is bytes in, posts out: nothing opens a file or a connection. A source is one file or folder; to add
//! one, write it and name it below.

pub mod file;
