#include "server/app/texts.hpp"

#include "core/text/catalogue.hpp"

#include <array>

namespace mesh::app {
namespace {

constexpr auto table = std::to_array<text::entry>({
    {"server.ready", "Mesh is ready at {0}", "Mesh est prêt : {0}"},
    {"server.first_steps",
     "Nobody has an account yet: `mesh-server owner-link` prints a link that makes the first one.",
     "Personne n'a encore de compte : `mesh-server owner-link` affiche un lien qui crée le premier."},
    {"server.about", "The control plane of Mesh: accounts, rooms, chat, and permits for direct connections.",
     "Le plan de contrôle de Mesh : comptes, salons, messages et permis de connexion directe."},
    {"server.cmd.serve", "Run the server (the same as no command)",
     "Lancer le serveur (comme sans commande)"},
    {"server.cmd.migrate", "Bring the database to this program's schema and end",
     "Amener la base au schéma de ce programme, puis terminer"},
    {"server.cmd.db", "The database", "La base de données"},
    {"server.cmd.db_move", "Copy everything into another, empty database and compare",
     "Tout copier dans une autre base, vide, et comparer"},
    {"server.opt.from", "Database to read: SQLite file or postgres:// address",
     "Base à lire : fichier SQLite ou adresse postgres://"},
    {"server.opt.to", "Empty database to fill", "Base vide à remplir"},
    {"server.table_done", "{0}: {1} rows", "{0} : {1} lignes"},
    {"server.cmd.backup", "Write the database and the keys to one file; the server may run",
     "Écrire la base et les clés dans un seul fichier ; le serveur peut tourner"},
    {"server.cmd.restore", "Fill an empty data folder and database from a backup",
     "Remplir un dossier de données et une base vides depuis une sauvegarde"},
    {"server.opt.backup_file", "The backup", "La sauvegarde"},
    {"server.opt.replace", "Replace what is there already", "Remplacer ce qui s'y trouve déjà"},
    {"server.backed_up",
     "{0} rows and the server's keys are in {1}, written and read back. Who has this file has everything: "
     "keep it on another machine, closed to others.",
     "{0} lignes et les clés du serveur sont dans {1}, écrites et relues. Qui a ce fichier a tout : "
     "gardez-le sur une autre machine, fermé aux autres."},
    {"server.restored",
     "{0} rows and the server's keys are back as they were on {1} (mesh-server {2}). Start the server.",
     "{0} lignes et les clés du serveur sont revenues à l'état du {1} (mesh-server {2}). Lancez le serveur."},
    {"server.moved",
     "{0} rows of {1} tables were copied and compared. Set database in server.toml to the new address.",
     "{0} lignes de {1} tables copiées et comparées. Mettez la nouvelle adresse dans database de "
     "server.toml."},
    {"server.cmd.user", "Accounts", "Les comptes"},
    {"server.cmd.user_add", "Make an account; the password is asked for, or read from standard input",
     "Créer un compte ; le mot de passe est demandé, ou lu sur l'entrée standard"},
    {"server.cmd.reset_password", "Set a new password and end every sign-in of the account",
     "Changer le mot de passe et fermer toutes les sessions du compte"},
    {"server.cmd.owner_link", "Print a one-time link that sets the owner's name and password",
     "Afficher un lien à usage unique qui fixe le nom et le mot de passe du propriétaire"},
    {"server.cmd.enroll_code", "Print a one-use code that lets a machine in",
     "Afficher un code à usage unique qui fait entrer une machine"},
    {"server.cmd.config", "Settings", "Les réglages"},
    {"server.cmd.config_check", "Check the settings and print those in effect",
     "Vérifier les réglages et afficher ceux qui valent"},
    {"server.opt.config", "Settings file", "Fichier de réglages"},
    {"server.opt.host", "Address to listen on; may be repeated", "Adresse d'écoute ; peut être répétée"},
    {"server.opt.port", "TCP port; 0 takes a free one", "Port TCP ; 0 en prend un libre"},
    {"server.opt.data_dir", "Folder of the database and the keys", "Dossier de la base et des clés"},
    {"server.opt.database", "SQLite file, or postgres://USER@HOST/NAME",
     "Fichier SQLite, ou postgres://UTILISATEUR@HÔTE/BASE"},
    {"server.opt.web_dir", "Folder of the built web client", "Dossier du client web construit"},
    {"server.opt.open_registration", "Let anyone who reaches the server make an account",
     "Laisser quiconque atteint le serveur créer un compte"},
    {"server.opt.tls_cert", "Certificate chain (PEM)", "Chaîne de certificats (PEM)"},
    {"server.opt.tls_key", "Private key (PEM)", "Clé privée (PEM)"},
    {"server.opt.public_url", "How people reach the server", "L'adresse par laquelle on atteint le serveur"},
    {"server.opt.room_members_max", "People in one room", "Nombre de personnes par salon"},
    {"server.opt.relay", "Whether pages that cannot reach a machine meet it here: true or false",
     "Si les pages qui n'atteignent pas une machine la retrouvent ici : true ou false"},
    {"server.opt.relay_mib_per_day", "MiB of each person that the relay passes on in a day",
     "Mio de chaque personne que le relais transmet en un jour"},
    {"server.opt.log", "Log filter: info, debug, info,ws=debug",
     "Filtre du journal : info, debug, info,ws=debug"},
    {"server.opt.ready_file", "File that gets the port once the server answers",
     "Fichier qui reçoit le port dès que le serveur répond"},
    {"server.opt.user", "User name; without it the owner", "Nom d'utilisateur ; sans lui, le propriétaire"},
    {"server.opt.username", "User name", "Nom d'utilisateur"},
    {"server.opt.version", "Print the version", "Afficher la version"},
    {"server.opt.help", "Print this help", "Afficher cette aide"},
    {"server.migrated", "{0} is at schema {1}", "{0} est au schéma {1}"},
    {"server.user_added", "{0} can sign in now", "{0} peut se connecter"},
    {"server.password_set", "The password of {0} is set; every sign-in of the account has ended",
     "Le mot de passe de {0} est changé ; toutes ses sessions sont fermées"},
    {"server.owner_link", "Open this link once to choose the owner's name and password:\n{0}",
     "Ouvrez ce lien, une seule fois, pour choisir le nom et le mot de passe du propriétaire :\n{0}"},
    {"server.enroll_code", "{0}\nOn the new machine, within 10 minutes: mesh-agent enroll {0}",
     "{0}\nSur la nouvelle machine, dans les 10 minutes : mesh-agent enroll {0}"},
    {"server.password", "Password: ", "Mot de passe : "},
    {"server.password_again", "Again: ", "Encore une fois : "},
    {"server.passwords_differ", "the two passwords differ", "les deux mots de passe diffèrent"},
    {"server.no_password", "no password was given", "aucun mot de passe n'a été donné"},
    {"server.port_hint",
     "Choose another port with --port (or port in server.toml); --port 0 takes a free one.",
     "Choisissez un autre port avec --port (ou port dans server.toml) ; --port 0 en prend un libre."},
    {"server.data_dir_hint", "Choose another folder with --data-dir.",
     "Choisissez un autre dossier avec --data-dir."},
    {"server.usage_hint", "`mesh-server --help` lists what there is.",
     "`mesh-server --help` dit ce qui existe."},
});

}  // namespace

std::span<const text::entry> texts() {
  return table;
}

void add_texts() {
  text::add(table);
}

}  // namespace mesh::app
