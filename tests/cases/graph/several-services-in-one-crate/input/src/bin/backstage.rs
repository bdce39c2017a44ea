use backend::{jobs, store};
use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Cli {
    #[arg(long, env = "DATABASE_URL")]
    database_url: String,
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Sends mail.
    Mailer {
        #[arg(long, env = "QUEUE_URL", default_value = "redis://queue/0")]
        queue: String,
    },
    /// Deletes what is old.
    Archiver,
}

#[tokio::main]
async fn main() {
    let cli = Cli::parse();
    match cli.role {
        Role::Mailer { queue } => loop {
            if let Some(job) = jobs::take(&queue).await {
                jobs::mail(&job).await;
            }
        },
        Role::Archiver => store::archive(&store::connect(&cli.database_url).await).await,
    }
}
