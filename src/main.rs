//! The program `vpcns`.

fn main() -> std::process::ExitCode {
    vpcns::cli::main()
}
