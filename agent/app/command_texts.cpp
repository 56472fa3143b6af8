#include "agent/app/texts.hpp"

#include <array>

namespace mesh::app {
namespace {

constexpr auto table = std::to_array<text::entry>({
    {"error.prefix", "mesh-agent: {0}", "mesh-agent : {0}"},
    {"error.usage_hint", "See: mesh-agent {0} --help", "Voir : mesh-agent {0} --help"},

    {"config.valid", "The configuration is valid ({0}).", "La configuration est valide ({0})."},
    {"config.absent", "The configuration is valid; there is no file {0}, so defaults apply.",
     "La configuration est valide ; il n'y a pas de fichier {0}, les valeurs par défaut s'appliquent."},
    {"config.unset", "(not set)", "(non défini)"},

    {"login.code",
     "To sign this machine in, open\n\n    {0}\n\nand confirm the code  {1}  (valid for {2} minutes). On a "
     "machine "
     "that is signed in already,\nmesh-agent devices confirm {1} does the same. Waiting...",
     "Pour connecter cette machine, ouvrez\n\n    {0}\n\net confirmez le code  {1}  (valable {2} minutes). "
     "Sur une "
     "machine déjà connectée,\nmesh-agent devices confirm {1} fait de même (confirm). En attente..."},
    {"login.password", "Password of {0}: ", "Mot de passe de {0} : "},
    {"login.done", "Signed in at {0} as {1}; this machine is {2}.",
     "Connecté à {0} en tant que {1} ; cette machine s'appelle {2}."},
    {"login.pasted_wins",
     "Note: auth_token is set and wins over this sign-in; remove it from the configuration.",
     "Remarque : auth_token est défini et l'emporte sur cette connexion ; retirez-le de la configuration."},
    {"logout.done", "Signed out.", "Déconnecté."},
    {"logout.none", "Nobody was signed in.", "Personne n'était connecté."},

    {"status.running", "mesh-agent runs (pid {0}, version {1})", "mesh-agent tourne (pid {0}, version {1})"},
    {"status.not_running", "mesh-agent does not run in the background",
     "mesh-agent ne tourne pas en arrière-plan"},
    {"status.device", "this machine  {0}", "cette machine  {0}"},
    {"status.key", "key           {0}", "clé            {0}"},
    {"status.user", "signed in     {0} at {1}", "connecté       {0} sur {1}"},
    {"status.nobody", "signed in     nobody; run mesh-agent login",
     "connecté       personne ; lancez mesh-agent login"},
    {"status.link", "server        {0}", "serveur        {0}"},
    {"status.port", "UDP port      {0}", "port UDP       {0}"},
    {"status.sessions", "sessions      {0}", "sessions       {0}"},
    {"status.transfers", "transfers     {0} running, {1} waiting for your answer",
     "transferts     {0} en cours, {1} en attente de votre réponse"},
    {"status.confined", "confined      yes: it can write into its own folders only",
     "confiné        oui : il ne peut écrire que dans ses dossiers"},
    {"status.unconfined", "confined      no: this kernel has no Landlock",
     "confiné        non : ce noyau n'a pas Landlock"},
    {"status.link.online", "connected", "relié"},
    {"status.link.connecting", "connecting", "connexion en cours"},
    {"status.link.greeting", "connecting", "connexion en cours"},
    {"status.link.waiting", "not connected, trying again", "pas relié, nouvel essai à venir"},
    {"status.link.signed_out", "not connected", "pas relié"},
    {"stop.done", "mesh-agent is stopping.", "mesh-agent s'arrête."},

    {"devices.head", "DEVICE", "MACHINE"},
    {"devices.owner", "OF", "DE"},
    {"devices.kind", "KIND", "TYPE"},
    {"devices.state", "STATE", "ÉTAT"},
    {"devices.online", "online", "en ligne"},
    {"devices.offline", "offline", "hors ligne"},
    {"devices.this", "this machine", "cette machine"},
    {"devices.none", "No machines yet.", "Aucune machine pour l'instant."},
    {"devices.verify",
     "{0} of {1}\n\n    {2}\n\nThe person there runs  mesh-agent devices verify {3}  and must see the same "
     "numbers.",
     "{0} de {1}\n\n    {2}\n\nLa personne là-bas lance  mesh-agent devices verify {3}  et doit voir les "
     "mêmes nombres."},
    {"devices.changed", "KEY CHANGED", "CLÉ CHANGÉE"},
    {"devices.verify.changed",
     "\nCAREFUL: {0} has another key than the one this machine remembers since {1}. Sessions with it are "
     "refused.\n"
     "If the numbers are the same there, accept the new key:  mesh-agent devices accept {0}",
     "\nATTENTION : {0} a une autre clé que celle que cette machine retient depuis {1}. Ses sessions sont "
     "refusées.\n"
     "Si les nombres sont les mêmes là-bas, acceptez la nouvelle clé :  mesh-agent devices accept {0}"},
    {"devices.accept.ask", "Does {0} show the same numbers? [y/N] ",
     "{0} montre-t-elle les mêmes nombres ? [o/N] "},
    {"devices.accept.same", "{0} has the key that this machine remembers.",
     "{0} a la clé que cette machine retient."},
    {"devices.accept.done", "The new key of {0} is accepted from now on.",
     "La nouvelle clé de {0} est acceptée désormais."},
    {"devices.confirm.ask", "{0} ({1}, from {2}) wants to sign in as you. Let it in? [y/N] ",
     "{0} ({1}, depuis {2}) veut se connecter sous votre nom. Accepter ? [o/N] "},
    {"devices.confirm.done", "{0} is signed in.", "{0} est connectée."},
    {"devices.confirm.refused", "{0} was refused.", "{0} a été refusée."},
    {"devices.add.done", "On the new machine, run:  mesh-agent enroll {0} --server {1}   (once, before {2})",
     "Sur la nouvelle machine, lancez :  mesh-agent enroll {0} --server {1}   (une fois, avant {2})"},
    {"devices.remove.done", "{0} was removed; its connections are closed.",
     "{0} a été retirée ; ses connexions sont fermées."},
    {"rooms.none", "You are in no room yet.", "Vous n'êtes dans aucun salon."},
    {"rooms.head", "ROOM", "SALON"},
    {"rooms.role", "ROLE", "RÔLE"},
    {"rooms.people", "PEOPLE", "PERSONNES"},
    {"chat.sent", "Sent to {0}.", "Envoyé à {0}."},
    {"chat.none", "No messages yet.", "Aucun message pour l'instant."},

    {"progress.per_second", "/s", "/s"},
    {"progress.left", "left", "restant"},
    {"send.session", "{0}: connecting to {1}", "{0} : connexion à {1}"},
    {"send.waiting", "{0}: waiting for an answer of {1}", "{0} : en attente d'une réponse de {1}"},
    {"send.done", "{0}: arrived at {1}, {2} in {3:.2f} s ({4})",
     "{0} : arrivé sur {1}, {2} en {3:.2f} s ({4})"},
    {"send.hash", "BLAKE3 {0}", "BLAKE3 {0}"},
    {"send.renamed", "{0} keeps it under the name {1}.", "{0} le garde sous le nom {1}."},
    {"send.resumed", "{0} of it were there already; {1} were sent twice.",
     "{0} y étaient déjà ; {1} ont été envoyés deux fois."},
    {"send.queued", "{0} waits for {1} ({2}). It starts by itself; its id is {3} (mesh-agent transfers).",
     "{0} attend {1} ({2}). L'envoi partira tout seul ; son identifiant est {3} (mesh-agent transfers)."},
    {"receive.waiting", "Ready to receive as {0}. Stop with Ctrl-C.",
     "Prêt à recevoir en tant que {0}. Ctrl-C pour arrêter."},
    {"receive.offer", "{0} ({1}) offers {2} ({3}). Take it:  mesh-agent transfers accept {4}",
     "{0} ({1}) propose {2} ({3}). Accepter :  mesh-agent transfers accept {4}"},
    {"receive.ask", "{0} ({1}) offers {2} ({3}). Take it? [y/N] ",
     "{0} ({1}) propose {2} ({3}). Accepter ? [o/N] "},
    {"receive.done", "Received {0} from {1}: {2} in {3:.2f} s ({4})",
     "{0} reçu de {1} : {2} en {3:.2f} s ({4})"},
    {"receive.failed", "{0} from {1} did not arrive: {2}", "{0} de {1} n'est pas arrivé : {2}"},
    {"transfers.none", "No transfers.", "Aucun transfert."},
    {"transfers.accepted", "{0} is being received.", "{0} est en cours de réception."},
    {"transfers.refused", "{0} was refused.", "{0} a été refusé."},
    {"transfers.done.pause", "{0} is paused.", "{0} est en pause."},
    {"transfers.done.resume", "{0} goes on.", "{0} reprend."},
    {"transfers.done.cancel", "{0} is canceled.", "{0} est annulé."},
    {"transfers.done.retry", "{0} is tried again.", "{0} est retenté."},
    {"transfers.done.limit", "{0} moves at most {1}.", "{0} avance à {1} au plus."},
    {"transfers.done.unlimited", "{0} has no limit of its own any more.", "{0} n'a plus de limite propre."},
    {"limit.head.what", "TRANSFERS", "TRANSFERTS"},
    {"limit.head.rate", "AT MOST", "AU PLUS"},
    {"limit.head.origin", "SINCE", "SELON"},
    {"limit.all", "all, each way", "tous, dans chaque sens"},
    {"limit.none", "no limit", "sans limite"},
    {"limit.chosen", "mesh-agent limit", "mesh-agent limit"},
    {"limit.configured", "configuration", "configuration"},
    {"transfers.done.first", "{0} is first in the queue.", "{0} est premier dans la file."},
    {"transfers.state.queued", "queued", "en file"},
    {"transfers.state.paused", "paused", "en pause"},
    {"transfers.state.waiting", "waiting for your answer", "attend votre réponse"},
    {"transfers.state.asked", "waiting for the other side", "attend l'autre côté"},
    {"transfers.state.running", "running", "en cours"},
    {"transfers.state.done", "done", "terminé"},
    {"transfers.state.failed", "failed", "échoué"},
    {"transfers.head.name", "FILE", "FICHIER"},
    {"transfers.head.peer", "WITH", "AVEC"},
    {"transfers.head.size", "SIZE", "TAILLE"},
    {"transfers.head.state", "STATE", "ÉTAT"},
    {"transfers.in", "from {0}", "de {0}"},
    {"transfers.out", "to {0}", "vers {0}"},
    {"debug.no_connections", "No connections.", "Aucune connexion."},
    {"debug.no_sessions", "No sessions.", "Aucune session."},
    {"yes.letters", "yY", "oOyY"},
});

}  // namespace

std::span<const text::entry> command_texts() noexcept {
  return table;
}

}  // namespace mesh::app
