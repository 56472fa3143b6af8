#include "core/text/detail_texts.hpp"

#include <array>

namespace mesh::text {
namespace {

constexpr auto table = std::to_array<detail_text>({
    // Nobody is there, or says nothing.
    {"nobody answered in time", "personne n'a répondu à temps"},
    {"the receiver did not answer", "le destinataire n'a pas répondu"},
    {"the other machine does not answer", "l'autre machine ne répond pas"},
    {"nothing was said on the stream", "rien n'est venu par la connexion"},
    {"the server knows no address of the other machine",
     "le serveur ne connaît aucune adresse de l'autre machine"},
    {"another mesh-agent is connected as this device",
     "un autre mesh-agent est relié sous ce nom de machine"},
    // No place at the receiver.
    {"# bytes are needed, # can be stored", "il faut # octets, il y a de la place pour #"},
    {"the receiver has a file of that name and keeps it",
     "le destinataire a un fichier de ce nom et le garde"},
    {"the receiver has something of that name and keeps it",
     "le destinataire a quelque chose de ce nom et le garde"},
    {"a file of that name came meanwhile", "un fichier de ce nom est arrivé entre-temps"},
    {"a folder of that name came meanwhile", "un dossier de ce nom est arrivé entre-temps"},
    {"standard output takes one file, not a folder", "la sortie standard prend un fichier, pas un dossier"},
    // What a transfer does not let be done with it.
    {"it has ended", "il est terminé"},
    {"it has arrived already", "il est déjà arrivé"},
    {"it has failed, and is queued again with transfers retry",
     "il a échoué, et transfers retry le remet en file"},
    {"it is paused, and goes on with transfers resume", "il est en pause, et transfers resume le relance"},
    {"it has just arrived", "il vient d'arriver"},
    {"it is not paused", "il n'est pas en pause"},
    {"only what waits or runs can be paused", "seul ce qui attend ou avance se met en pause"},
    {"only what failed or waits can be tried again", "seul ce qui a échoué ou attend peut être retenté"},
    {"this transfer does not wait for an answer", "ce transfert n'attend pas de réponse"},
    {"no such transfer", "aucun transfert de ce nom"},
    {R"(no text came under "@")", "aucun texte n'est venu sous « @ »"},
    {R"(several ids begin with "@")", "plusieurs identifiants commencent par « @ »"},
    {R"("@" is up to its sender)", "« @ » est l'affaire de son expéditeur"},
    // Names.
    {R"(no room "@")", "aucun salon « @ »"},
    {R"("@" is neither a machine nor a person that you share a room with)",
     "« @ » n'est ni une machine ni une personne avec qui vous partagez un salon"},
    {R"(several rooms are called "@"; use the id)",
     "plusieurs salons s'appellent « @ » ; donnez l'identifiant"},
    {R"("@" belongs to "@", and get fetches from your own machines only)",
     "« @ » appartient à « @ », et get ne prend que sur vos propres machines"},
    {"you have no device of this name", "vous n'avez pas de machine de ce nom"},
    {"there is no device of this name", "il n'y a pas de machine de ce nom"},
    {"there is no such room", "il n'y a pas de salon de ce nom"},
    {"there is no account of this name", "il n'y a pas de compte de ce nom"},
    {"no machine shows this code; it may have expired",
     "aucune machine n'affiche ce code ; il a peut-être expiré"},
    {"a code looks like ABCD-EFGH", "un code ressemble à ABCD-EFGH"},
    {"what answers there is no mesh-server (HTTP status #)",
     "ce qui répond là n'est pas un mesh-server (statut HTTP #)"},
    // Shared terminals.
    {"nobody asked for the keyboard", "personne n'a demandé le clavier"},
    {"nobody has the keyboard", "personne n'a le clavier"},
    {"nobody asked for another size", "personne n'a demandé une autre taille"},
    {"this viewer has gone", "cette personne ne regarde plus"},
    {"no such rule", "aucune règle de ce genre"},
    // What is to be sent.
    {"it cannot be read there", "il ne peut pas y être lu"},
    {"what arrived by this transfer is not what is offered now",
     "ce qui est arrivé par ce transfert n'est pas ce qui est proposé maintenant"},
    {"standard output is closed", "la sortie standard est fermée"},
    {"what arrived by this transfer is gone", "ce qui est arrivé par ce transfert n'est plus là"},
    {"# commands are connected to this agent", "# commandes sont connectées à cet agent"},
    {"a browser takes files; a folder goes there with --zip",
     "un navigateur prend des fichiers\u00A0; un dossier y va avec --zip"},
    {"a text of more than # KiB is sent as a file", "un texte de plus de # Kio s'envoie comme fichier"},
    {"there is no text", "il n'y a pas de texte"},
    {"standard input is no folder", "l'entrée standard n'est pas un dossier"},
    {"--name and - belong together, once", "--name et - vont ensemble, une seule fois"},
    {"DEVICE:/PATH is expected", "MACHINE:/CHEMIN est attendu"},
    // Names within a folder.
    {"another file has this name in UTF-8", "un autre fichier porte ce nom en UTF-8"},
    {"the target of a link is absolute", "la cible d'un lien est absolue"},
    {"the target of a link is no path", "la cible d'un lien n'est pas un chemin"},
    {"the target of a link may lie outside of the folder",
     "la cible d'un lien est peut-être hors du dossier"},
    {"a name in the folder is too long", "un nom du dossier est trop long"},
    {"a path of the folder is too long", "un chemin du dossier est trop long"},
    {"the folder is too deep", "le dossier est trop profond"},
    {"a path of the folder is no UTF-8 or holds a NUL",
     "un chemin du dossier n'est pas de l'UTF-8 ou contient un NUL"},
    {"a path of the folder is empty or absolute", "un chemin du dossier est vide ou absolu"},
    {"a path of the folder holds an empty name, . or ..",
     "un chemin du dossier contient un nom vide, . ou .."},
    {"the file name is no UTF-8", "le nom du fichier n'est pas de l'UTF-8"},
    {"the file name holds a '/' or a NUL", "le nom du fichier contient un «\u00A0/\u00A0» ou un NUL"},
    {"the file name is empty or only dots", "le nom du fichier est vide ou n'a que des points"},
    {"an extended attribute that no transfer may set",
     "un attribut étendu qu'aucun transfert n'a le droit de poser"},
    {"an extended attribute comes twice", "un attribut étendu vient deux fois"},
    // Lists of folders.
    {"the list of the folder is too large", "la liste du dossier est trop grande"},
    {"the manifest is too large", "la liste du dossier est trop grande"},
    {"a page without entries", "une page de la liste est vide"},
    {"more entries than FOLDER_META announced", "il y a plus d'entrées que FOLDER_META n'en annonçait"},
    {"more bytes than FOLDER_META announced", "il y a plus d'octets que FOLDER_META n'en annonçait"},
    {"fewer entries, files or bytes than FOLDER_META announced",
     "il y a moins d'entrées, de fichiers ou d'octets que FOLDER_META n'en annonçait"},
    {"the paths do not ascend, or one comes twice", "les chemins ne sont pas triés, ou l'un vient deux fois"},
    {"an entry lies in what was not named as a directory",
     "une entrée se trouve dans ce qui n'était pas nommé comme dossier"},
    {"a file that the manifest does not name", "un fichier que la liste du dossier ne nomme pas"},
    {"the file that is there is not the one that FILE_DONE names",
     "le fichier présent n'est pas celui que FILE_DONE nomme"},
    {"the folder does not have the hash that FOLDER_DONE names",
     "le dossier n'a pas l'empreinte que FOLDER_DONE nomme"},
});

}  // namespace

std::span<const detail_text> detail_texts() noexcept {
  return table;
}

}  // namespace mesh::text
