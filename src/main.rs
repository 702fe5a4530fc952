use std::process::ExitCode;

fn main() -> ExitCode {
    porteiro::cli::run(std::env::args_os())
}
