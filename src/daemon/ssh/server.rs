//! One client: who it is, and which channels it may open. Refusals are OpenSSH's.

use super::{
    account::{self, Account},
    authorized_keys::Authorized,
    config::Config,
    forward, session,
};
use russh::{
    Channel, ChannelOpenFailure, MethodKind, MethodSet, SshId,
    keys::PrivateKey,
    server::{self, Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey},
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::watch,
    task::{JoinSet, spawn_blocking},
    time::{sleep, timeout},
};

/// The server's key, which the instance has from its first boot.
const HOST_KEY: &str = "/etc/ssh/ssh_host_ed25519_key";
/// How long a wrong password takes.
const WRONG: Duration = Duration::from_secs(1);
/// Bytes that a client may send before it waits for an answer.
const WINDOW: u32 = 1 << 20;
/// Connections that one client may have made for it at a time.
const FORWARDS: usize = 64;

/// Serves a connection until it ends, or until its client did not log in in time.
pub(super) async fn serve(stream: TcpStream, config: Config) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let addresses = (stream.peer_addr()?, stream.local_addr()?);
    let key = PrivateKey::read_openssh_file(std::path::Path::new(HOST_KEY))?;
    let settings = server::Config {
        server_id: SshId::Standard("SSH-2.0-OpenSSH_7.4".into()),
        methods: methods(&config),
        // Refusals wait by themselves where that is wanted.
        auth_rejection_time: Duration::ZERO,
        keys: vec![key],
        window_size: WINDOW,
        max_auth_attempts: config.tries,
        inactivity_timeout: None,
        ..server::Config::default()
    };
    let (logged_in, mut watching) = watch::channel(false);
    let grace = config.grace;
    let client = Client { config, addresses, login: None, logged_in, tasks: JoinSet::new() };
    let running = server::run_stream(Arc::new(settings), stream, client);
    let Ok(running) = timeout(grace, running).await else { return Ok(()) };
    let mut running = std::pin::pin!(running?);
    tokio::select! {
        ended = &mut running => return ended,
        in_time = timeout(grace, watching.wait_for(|logged_in| *logged_in)) => if in_time.is_err() {
            return Ok(());
        },
    }
    running.await
}

/// Who logged in, and what it may.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) account: Account,
    pub(super) authorized: Authorized,
    pub(super) config: Config,
    /// The client's address and the server's.
    pub(super) addresses: (SocketAddr, SocketAddr),
}

/// The handler of a connection.
struct Client {
    config: Config,
    addresses: (SocketAddr, SocketAddr),
    login: Option<Arc<Login>>,
    logged_in: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

fn methods(config: &Config) -> MethodSet {
    let mut methods = MethodSet::empty();
    for (kind, on) in [(MethodKind::PublicKey, config.keys), (MethodKind::Password, config.passwords)] {
        if on {
            methods.push(kind);
        }
    }
    methods
}

impl Client {
    fn refuse(&self) -> Auth {
        // Every way stays open until there were too many tries.
        Auth::Reject { proceed_with_methods: Some(methods(&self.config)), partial_success: false }
    }

    fn authorized(&self, user: &str, key: &russh::keys::PublicKey) -> Option<(Account, Authorized)> {
        let account = Account::find(user)?;
        let authorized = account.authorized(&self.config, key, self.addresses.0.ip())?;
        Some((account, authorized))
    }

    fn log_in(&mut self, account: Account, authorized: Authorized) -> Auth {
        let (config, addresses) = (self.config.clone(), self.addresses);
        self.login = Some(Arc::new(Login { account, authorized, config, addresses }));
        Auth::Accept
    }

    /// Forgets the tasks that have ended; how many there are.
    fn running(&mut self) -> usize {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.len()
    }
}

impl Handler for Client {
    type Error = anyhow::Error;

    async fn auth_none(&mut self, _user: &str) -> Result<Auth, Self::Error> {
        Ok(self.refuse())
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let (config, name, password) = (self.config.clone(), user.to_owned(), password.to_owned());
        let right = spawn_blocking(move || account::password_is_right(&config, &name, &password)).await?;
        if let Some(account) = Account::find(user).filter(|_| right) {
            return Ok(self.log_in(account, Authorized::EVERYTHING));
        }
        sleep(WRONG).await;
        Ok(self.refuse())
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        Ok(if self.authorized(user, offer.public_key).is_some() { Auth::Accept } else { self.refuse() })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        match self.authorized(user, key.public_key) {
            Some((account, authorized)) => Ok(self.log_in(account, authorized)),
            None => Ok(self.refuse()),
        }
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> Result<(), Self::Error> {
        self.logged_in.send_replace(true);
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let running = self.running();
        match self.login.clone() {
            Some(login) if running < login.config.sessions => {
                self.tasks.spawn(session::serve(channel, session.handle(), login));
                reply.accept().await;
            }
            _ => reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await,
        }
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host_to_connect: &str,
        port_to_connect: u32,
        _originator_address: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let may = self.login.as_ref().is_some_and(|login| login.config.forwarding && login.authorized.forwarding);
        let Some(port) = u16::try_from(port_to_connect).ok().filter(|_| may && self.running() < FORWARDS) else {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
            return Ok(());
        };
        let host = host_to_connect.to_owned();
        // The client's other channels go on while this one connects.
        self.tasks.spawn(async move {
            match forward::connect(host, port).await {
                Ok(mut stream) => {
                    reply.accept().await;
                    let mut channel = channel.into_stream();
                    // Either side may go when it likes.
                    let _: io::Result<_> = tokio::io::copy_bidirectional(&mut channel, &mut stream).await;
                }
                Err(_) => reply.reject(ChannelOpenFailure::ConnectFailed).await,
            }
        });
        Ok(())
    }
}
