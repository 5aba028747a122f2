//! How does the program start? It hands the command line to the library and exits with what that returns.

/// Many small, short-lived texts on several threads: measured faster than the system's allocator while importing.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    grouse::cli::run()
}
