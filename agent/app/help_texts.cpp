#include "agent/app/texts.hpp"

#include <array>

namespace mesh::app {
namespace {

constexpr auto table = std::to_array<text::entry>({
    {"cli.about", "mesh-agent: sends and receives files on this machine, end to end encrypted.",
     "mesh-agent : envoie et reçoit des fichiers sur cette machine, chiffrés de bout en bout."},
    {"cli.footer",
     "Without a command, mesh-agent runs as with \"run\". The options above work after every command, too.\n"
     "Manual: man mesh-agent. Configuration: man mesh-agent.toml.",
     "Sans commande, mesh-agent se comporte comme avec « run ». Les options ci-dessus valent aussi après "
     "toute "
     "commande.\nManuel : man mesh-agent. Configuration : man mesh-agent.toml."},
    {"cli.help", "Show this help", "Affiche cette aide"},
    {"cli.version", "Show the version", "Affiche la version"},
    {"cli.json", "Print JSON for scripts", "Affiche du JSON, pour les scripts"},
    {"cli.config_file", "Configuration file (default: ~/.config/mesh/agent.toml)",
     "Fichier de configuration (par défaut : ~/.config/mesh/agent.toml)"},
    {"cli.key.device_id", "Readable name of this machine", "Nom lisible de cette machine"},
    {"cli.key.server_url", "Address of the server", "Adresse du serveur"},
    {"cli.key.ws_url", "Address of its WebSocket", "Adresse de son WebSocket"},
    {"cli.key.auth_token", "Bearer token pasted by hand (better: mesh-agent login)",
     "Jeton collé à la main (mieux : mesh-agent login)"},
    {"cli.key.quic_port", "UDP port of the data plane", "Port UDP du plan de données"},
    {"cli.key.cc", "Congestion control of transfers: auto, bbr or cubic",
     "Contrôle de congestion des transferts : auto, bbr ou cubic"},
    {"cli.key.receive", "Incoming files: ask, auto or never", "Fichiers entrants : ask, auto ou never"},
    {"cli.key.download_dir", "Folder for received files", "Dossier des fichiers reçus"},

    {"cli.run", "Stay connected to the server and receive files",
     "Reste connecté au serveur et reçoit des fichiers"},
    {"cli.status", "Show what this machine is doing", "Montre ce que fait cette machine"},
    {"cli.stop", "Stop the mesh-agent that runs in the background",
     "Arrête le mesh-agent qui tourne en arrière-plan"},
    {"cli.config", "Look at the configuration", "Examine la configuration"},
    {"cli.config.check", "Validate it and print the values in force",
     "La valide et affiche les valeurs en vigueur"},
    {"cli.completion", "Print a completion script for a shell",
     "Affiche un script de complétion pour un shell"},
    {"cli.completion.shell", "bash, zsh or fish", "bash, zsh ou fish"},

    {"cli.login", "Sign this machine in: a code to confirm in the web page, or --user and a password",
     "Connecte cette machine : un code à confirmer dans la page web, ou --user et un mot de passe"},
    {"cli.login.server", "Address of the server (default: server_url)",
     "Adresse du serveur (par défaut : server_url)"},
    {"cli.login.user", "Sign in as this user with a password",
     "Se connecter sous ce nom avec un mot de passe"},
    {"cli.login.password_stdin", "Read the password from standard input",
     "Lire le mot de passe sur l'entrée standard"},
    {"cli.enroll", "Sign this machine in with a one-use code of the web page",
     "Connecte cette machine avec un code à usage unique de la page web"},
    {"cli.enroll.code", "The code, such as ABCD-EFGH", "Le code, par exemple ABCD-EFGH"},
    {"cli.logout", "Sign this machine out", "Déconnecte cette machine"},

    {"cli.devices", "Machines: your own and those of people you share a room with",
     "Machines : les vôtres et celles des personnes avec qui vous partagez un salon"},
    {"cli.devices.list", "List them", "Les énumère"},
    {"cli.devices.verify", "Show a short code to compare with the person at the other machine",
     "Montre un code court à comparer avec la personne devant l'autre machine"},
    {"cli.devices.accept", "Accept the new key of a machine that was set up anew",
     "Accepte la nouvelle clé d'une machine réinstallée"},
    {"cli.devices.yes", "The codes were compared: do not ask",
     "Les codes ont été comparés : ne pas demander"},
    {"cli.devices.confirm", "Let another machine of yours in that shows this code",
     "Accepte une autre de vos machines qui montre ce code"},
    {"cli.devices.add", "Make a one-use code for mesh-agent enroll",
     "Crée un code à usage unique pour mesh-agent enroll"},
    {"cli.devices.remove", "Remove one of your machines", "Retire une de vos machines"},
    {"cli.devices.device", "Name of the machine (device_id)", "Nom de la machine (device_id)"},
    {"cli.devices.code", "The code that the other machine shows", "Le code que montre l'autre machine"},
    {"cli.rooms", "List your rooms", "Énumère vos salons"},
    {"cli.chat", "Say something in a room, or show its last messages",
     "Dit quelque chose dans un salon, ou montre ses derniers messages"},
    {"cli.chat.room", "Name or id of the room", "Nom ou identifiant du salon"},
    {"cli.chat.text", "What to say; without it the last messages are shown",
     "Quoi dire ; sans texte, les derniers messages sont montrés"},
    {"cli.chat.last", "How many messages to show (default 20)",
     "Combien de messages montrer (20 par défaut)"},

    {"cli.send", "Send files to a machine or a person",
     "Envoie des fichiers à une machine ou à une personne"},
    {"cli.send.path", "Files to send", "Fichiers à envoyer"},
    {"cli.send.to", "Machine (device_id or name) or person (user name)",
     "Machine (device_id ou nom) ou personne (nom d'utilisateur)"},
    {"cli.send.room", "The room in whose name to send, when you share several",
     "Le salon au nom duquel envoyer, quand vous en partagez plusieurs"},
    {"cli.send-file", "Send one file in a session that exists already",
     "Envoie un fichier dans une session existante"},
    {"cli.session_id", "Id of the session", "Identifiant de la session"},
    {"cli.peer_addr", "Address of the other machine, IP:PORT", "Adresse de l'autre machine, IP:PORT"},
    {"cli.token", "Token of the session; - reads it from standard input, @FILE from a file; else MESH_TOKEN",
     "Jeton de la session ; - le lit sur l'entrée standard, @FICHIER dans un fichier ; sinon MESH_TOKEN"},
    {"cli.send_file.file", "The file to send", "Le fichier à envoyer"},
    {"cli.receive", "Wait for files and receive them", "Attend des fichiers et les reçoit"},
    {"cli.receive.output", "Folder to put them into, or - for standard output",
     "Dossier où les mettre, ou - pour la sortie standard"},
    {"cli.receive.accept", "From whom: own (your machines), all, or ask",
     "De qui : own (vos machines), all (tout le monde) ou ask (demander)"},
    {"cli.receive.once", "End after one file (the default)", "S'arrête après un fichier (par défaut)"},
    {"cli.receive.count", "End after this many files", "S'arrête après ce nombre de fichiers"},
    {"cli.receive.keep", "Go on until interrupted", "Continue jusqu'à l'interruption"},
    {"cli.transfers", "List transfers, and files that wait for your answer",
     "Énumère les transferts, et les fichiers qui attendent votre réponse"},
    {"cli.transfers.accept", "Take a file that waits", "Accepte un fichier en attente"},
    {"cli.transfers.refuse", "Refuse a file that waits", "Refuse un fichier en attente"},
    {"cli.transfers.pause", "Suspend the sending of a file", "Suspend l'envoi d'un fichier"},
    {"cli.transfers.resume", "Go on with a paused file", "Reprend un fichier en pause"},
    {"cli.transfers.cancel", "Stop a file for good, sent or received",
     "Arrête définitivement un fichier, envoyé ou reçu"},
    {"cli.transfers.retry", "Try a failed or waiting file again now",
     "Retente maintenant un fichier échoué ou en attente"},
    {"cli.transfers.first", "Put a waiting file before the others",
     "Place un fichier en attente avant les autres"},
    {"cli.transfers.id", "Id of the transfer, or the beginning of it",
     "Identifiant du transfert, ou son début"},

    {"cli.debug", "Look inside", "Regarder à l'intérieur"},
    {"cli.debug.dump_event", "Print an event indented", "Affiche un évènement mis en forme"},
    {"cli.debug.dump_quic_stats",
     "Print round-trip time, window, bytes, packets and losses of each connection",
     "Affiche temps d'aller-retour, fenêtre, octets, paquets et pertes de chaque connexion"},
    {"cli.debug.format_bytes", "Print a number of bytes in B, KB, MB or GB",
     "Affiche un nombre d'octets en B, KB, MB ou GB"},
    {"cli.debug.calculate_speed", "Print bytes per seconds as MB/s",
     "Affiche des octets par secondes en MB/s"},
    {"cli.debug.dump_session_cache_info", "Print the sessions and what is left of their life",
     "Affiche les sessions et leur durée restante"},
    {"cli.debug.event", "JSON of the event; without it, standard input",
     "JSON de l'évènement ; sinon l'entrée standard"},
    {"cli.debug.bytes", "A number of bytes", "Un nombre d'octets"},
    {"cli.debug.numbers", "Bytes, then seconds", "Des octets, puis des secondes"},

    {"cli.label.Usage", "Usage", "Usage"},
    {"cli.label.OPTIONS", "OPTIONS", "OPTIONS"},
    {"cli.label.SUBCOMMAND", "COMMAND", "COMMANDE"},
    {"cli.label.SUBCOMMANDS", "COMMANDS", "COMMANDES"},
    {"cli.label.Subcommands", "Commands", "Commandes"},
    {"cli.label.Positionals", "Arguments", "Arguments"},
    {"cli.label.Options", "Options", "Options"},
    {"cli.label.REQUIRED", "(required)", "(obligatoire)"},
    {"cli.label.TEXT", "TEXT", "TEXTE"},
    {"cli.label.INT", "N", "N"},
    {"cli.label.UINT", "N", "N"},
    {"cli.label.Needs", "needs", "avec"},
    {"cli.label.Excludes", "not with", "sans"},
});

}  // namespace

std::span<const text::entry> help_texts() noexcept {
  return table;
}

void load_texts() {
  text::set_language(text::language_from_environment());
  text::add(help_texts());
  text::add(command_texts());
}

}  // namespace mesh::app
