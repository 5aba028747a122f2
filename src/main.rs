//! How does the program start? It hands the command line to the library and exits with what that returns.
fn main() {}
