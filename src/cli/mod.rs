//! The command line: one file per subcommand.

mod audit;
mod case;
mod case_text;
mod deliver;
mod demo;
mod export;
mod generate;
mod load;
mod pattern;
mod policy;
mod progress;
mod purge;
mod quality;
mod query;
mod read;
mod scan;
mod serve;
mod source;
mod store;
mod subject;
mod text;
mod users;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::ingest::with_causes;

/// Everything you may see around a premises, and nothing more.
#[derive(Debug, Parser)]
#[command(name = "verband", version, after_help = EXAMPLES)]
pub struct Arguments {
    /// Writes the answer as JSON, where the command gives one.
    #[arg(long, global = true, display_order = 900)]
    json: bool,
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  verband demo                                       a made-up town, loaded and served
  verband load bag.toml brp.toml --store town.redb   load two deliveries
  verband serve --config verband.toml                API and page
  verband dossier 'Havenstraat 12' --config verband.toml --as inspecteur --purpose woonfraude";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArguments),
    Load(load::LoadArguments),
    Serve(serve::ServeArguments),
    Search(read::SearchArguments),
    Dossier(read::DossierArguments),
    Expand(read::ExpandArguments),
    Query(query::QueryArguments),
    Generate(generate::GenerateArguments),
    Scan(scan::ScanArguments),
    Export(export::ExportArguments),
    Sql(export::SqlArguments),
    ImportFlags(export::ImportArguments),
    #[command(subcommand)]
    Flags(scan::FlagsCommand),
    #[command(subcommand)]
    Pattern(pattern::PatternCommand),
    #[command(subcommand)]
    Case(case::CaseCommand),
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    #[command(subcommand)]
    Source(source::SourceCommand),
    #[command(subcommand)]
    Store(store::StoreCommand),
    #[command(subcommand)]
    Users(users::UsersCommand),
}

/// Runs the command line. Exit codes: 0 done, 1 not done and why is told, 2 the arguments are wrong.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    let result = match arguments.command {
        Command::Demo(arguments) => demo::run(arguments),
        Command::Load(arguments) => load::run(arguments, json),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Search(arguments) => read::search(arguments, json),
        Command::Dossier(arguments) => read::dossier(arguments, json),
        Command::Expand(arguments) => read::expand(arguments, json),
        Command::Query(arguments) => query::run(arguments, json),
        Command::Generate(arguments) => generate::run(arguments, json),
        Command::Scan(arguments) => scan::run(arguments, json),
        Command::Export(arguments) => export::export(arguments, json),
        Command::Sql(arguments) => export::sql(&arguments, json),
        Command::ImportFlags(arguments) => export::import(&arguments, json),
        Command::Flags(command) => scan::flags(command, json),
        Command::Pattern(command) => pattern::run(command, json),
        Command::Case(command) => case::run(command, json),
        Command::Audit(command) => audit::run(command, json),
        Command::Policy(command) => policy::run(command, json),
        Command::Source(command) => source::run(command, json),
        Command::Store(command) => store::run(command, json),
        Command::Users(command) => users::run(command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// Says what went wrong, and what that came from unless the message holds it already.
fn report(error: &anyhow::Error) {
    eprintln!("verband: {}", with_causes(error.as_ref()).trim_end());
}

/// Prints a value as JSON.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Today, by the machine's clock and zone.
fn today() -> crate::model::Day {
    let date = jiff::ZonedDateTime::now().date();
    crate::model::Day::from_date(date).unwrap_or(crate::model::Day::MAX)
}
