//! The command `auditorium`.

fn main() -> std::process::ExitCode {
    server::cli::main()
}
