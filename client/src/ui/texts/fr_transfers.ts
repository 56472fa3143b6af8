/** The French words about files on their way. */
export const transfers = {
  title: 'Transferts',
  intro:
    'Ce que vos machines envoient et reçoivent, en direct. Les octets ne voyagent qu’entre les machines.',
  asked: 'À vous de répondre',
  underWay: 'En cours',
  ended: 'Avant',
  noneTitle: 'Rien en chemin',
  noneText:
    'Envoyez un fichier depuis une de vos machines : il s’affiche ici, comme ce que l’on vous envoie.',
  noMachineTitle: 'Aucune machine connectée',
  noMachineText:
    'Ce sont vos machines qui annoncent leurs transferts. Lancez mesh-agent sur l’une d’elles, ou ajoutez une machine.',
  toDevices: 'Voir vos appareils',
  silent: '{{names}} n’annonce pas ses transferts : un mesh-agent plus ancien, ou occupé.',
  gone: '{{names}} n’est pas connectée : ce qui est affiché a pu avancer.',
  incoming: 'de {{person}} ({{device}}) vers {{machine}}',
  outgoing: 'de {{machine}} vers {{person}} ({{device}})',
  state: {
    queued: 'Réessaie de lui-même',
    waiting: 'Attend une réponse',
    running: 'En cours',
    paused: 'En pause',
    done: 'Terminé',
    failed: 'Non abouti',
  },
  wish: {
    accept: 'Accepter',
    refuse: 'Refuser',
    pause: 'Pause',
    resume: 'Reprendre',
    cancel: 'Annuler',
    retry: 'Envoyer maintenant',
    again: 'Renvoyer',
    first: 'En premier',
  },
  wishOf: {
    accept: 'Accepter {{name}}',
    refuse: 'Refuser {{name}}',
    pause: 'Mettre {{name}} en pause',
    resume: 'Reprendre {{name}}',
    cancel: 'Annuler {{name}}',
    retry: 'Envoyer maintenant : {{name}}',
    again: 'Renvoyer {{name}}',
    first: 'Envoyer {{name}} en premier',
  },
  alert: {
    title: '{{person}} vous propose un fichier',
    body: '{{name}}, pour {{machine}}. Il attend votre réponse.',
  },
  folder: {
    files_one: '{{done}} fichier sur {{count}}',
    files_other: '{{done}} fichiers sur {{count}}',
    holds_one: '{{count}} fichier',
    holds_other: '{{count}} fichiers',
    current: 'En ce moment : {{path}}',
    omitted_one: '{{count}} élément laissé de côté',
    omitted_other: '{{count}} éléments laissés de côté',
    renamed_one: '{{count}} élément a reçu un autre nom',
    renamed_other: '{{count}} éléments ont reçu d’autres noms',
  },
  progressOf: 'Avancement de {{name}}',
  perSecond: '{{amount}}/s',
  of: '{{done}} sur {{size}}',
  left: 'encore {{time}}',
  took: '{{size}} en {{time}}',
  storedAs: 'Gardé sous le nom {{name}}',
  already: '{{amount}} étaient déjà là',
  resent: '{{amount}} envoyés deux fois',
  hash: 'BLAKE3 du fichier',
  hashOfFolder: 'BLAKE3 du dossier',
  waiting_one: '{{count}} fichier attend votre réponse',
  waiting_other: '{{count}} fichiers attendent votre réponse',
  why: {
    denied: 'Refusé.',
    canceled: 'Annulé.',
    timed_out: 'Personne n’a répondu à temps.',
    disk_full: 'Le disque du destinataire est plein.',
    file_changed: 'Le fichier a changé pendant l’envoi. Envoyez-le de nouveau.',
    file_unreadable: 'Le fichier n’est plus lisible.',
    hash_mismatch: 'Les octets arrivés ne sont pas ceux qui ont été envoyés.',
    size_exceeded: 'Il dépasse la taille que le destinataire accepte.',
    name_unsafe: 'Le destinataire n’accepte pas un tel nom.',
    connection_lost: 'La connexion a été perdue.',
    peer_offline: 'L’autre machine n’est pas connectée.',
    server_unreachable: 'Le serveur ne répond pas.',
    session_revoked: 'Le droit de le faire a pris fin.',
    capability_denied: 'Un rôle dans le salon ne le permet pas.',
    busy: 'L’autre machine a trop à faire en ce moment.',
    too_large: 'La requête est trop grande. Moins de chemins à la fois, ou des noms plus courts.',
    field_missing: 'Il manque une valeur obligatoire. Ajoutez-la et réessayez.',
    field_invalid: 'Une valeur n’est pas acceptable. Corrigez-la et réessayez.',
    kind_unknown:
      'Ceci n’existe pas dans cette version de Mesh. Mettez mesh-agent et mesh-server à la même version.',
    not_found:
      'Rien ne porte ce nom. Regardez le nom avec mesh-agent transfers ou mesh-agent devices.',
    conflict:
      'Cela ne va pas dans l’état actuel. Regardez mesh-agent transfers : il est peut-être fini, ou court déjà.',
    unauthorized: 'Vous n’êtes pas connecté. Connectez-vous (mesh-agent login).',
    token_expired: 'La connexion a expiré. Reconnectez-vous (mesh-agent login).',
    rate_limited: 'Trop d’essais en peu de temps. Attendez le temps indiqué, puis réessayez.',
    room_required:
      'Vous partagez plusieurs salons avec l’autre, aucun n’est nommé. Nommez le salon.',
    room_not_common: 'Vous ne partagez aucun salon avec cette personne. Invitez-la dans un salon.',
    peer_unknown: 'Personne ne porte ce nom. Les noms sont dans mesh-agent devices.',
    peer_ambiguous: 'Ce nom convient à plusieurs machines. Désignez-en une par son device_id.',
    device_without_key:
      'L’autre machine n’a pas enregistré sa clé. Connectez-la avec mesh-agent login.',
    session_unknown: 'Cette session est inconnue ou terminée. Démarrez-en une nouvelle.',
    same_device: 'C’est cette machine même. Nommez-en une autre.',
    bad_frame:
      'L’autre machine a envoyé des octets incompréhensibles. Mettez mesh-agent à jour des deux côtés.',
    bad_message:
      'L’autre machine a envoyé un message incompréhensible. Mettez mesh-agent à jour des deux côtés.',
    unexpected_message:
      'L’autre machine a envoyé un message hors de propos. Mettez mesh-agent à jour des deux côtés.',
    version_unsupported:
      'L’autre machine parle une version du protocole inconnue ici. Mettez mesh-agent à jour des deux côtés.',
    binding_mismatch:
      'La connexion n’est pas celle où le jeton a été présenté ; quelqu’un est peut-être au milieu. N’insistez pas sur ce réseau ; comparez les clés avec mesh-agent devices verify.',
    peer_key_mismatch:
      'La machine qui a répondu a une autre clé que celle attendue. Quelqu’un est peut-être au milieu, ou l’adresse est celle d’une autre machine ; vérifiez avec mesh-agent devices verify.',
    peer_key_changed:
      'Cette machine a une autre clé que celle retenue pour elle. Soit elle a été réinstallée, soit quelqu’un se fait passer pour elle. Comparez le code de mesh-agent devices verify sur les deux machines ; s’il est le même, lancez mesh-agent devices accept avec son nom.',
    peer_unverified:
      'L’autre côté n’a pas pu prouver son identité. Vérifiez l’adresse et réessayez.',
    key_refused:
      'L’autre machine n’accepte pas la clé de celle-ci. Si cette machine a été réinstallée, l’autre retient encore son ancienne clé : lancez là-bas mesh-agent devices accept avec le nom de cette machine ; sinon démarrez une nouvelle session.',
    connection_refused: 'Rien ne répond à cette adresse. Vérifiez que mesh-agent y tourne.',
    handshake_failed: 'La connexion sûre n’a pas pu être établie. Démarrez une nouvelle session.',
    offset_invalid: 'Les données visaient le mauvais endroit du fichier. Renvoyez le fichier.',
    size_mismatch: 'Le fichier n’a pas la taille annoncée. Renvoyez le fichier.',
    file_exists: 'Un fichier de ce nom existe déjà. Déplacez-le ou choisissez un autre dossier.',
    not_a_file: 'Ceci n’est pas un fichier ordinaire. Nommez un fichier.',
    invalid_utf8:
      'Le texte n’est pas de l’UTF-8 valide. Envoyez-le encodé en UTF-8, ou comme fichier.',
    library_missing:
      'Il manque une bibliothèque pour ceci. Installez le paquet cité là-bas (libarchive13 pour les zips).',
    write_failed: 'Le fichier n’a pas pu être écrit. Vérifiez le disque et les droits du dossier.',
    folder_confined:
      'Le mesh-agent qui reçoit ne peut pas écrire dans ce dossier. Nommez-y ce dossier dans une règle (mesh-agent rules add --folder), ou redémarrez-le avec ce dossier comme download_dir.',
    folder_replaced:
      'Le dossier des fichiers reçus n’est plus celui du démarrage de mesh-agent. Redémarrez mesh-agent : il ne peut écrire que dans les dossiers présents à son démarrage.',
    receive_off:
      'L’autre machine n’accepte pas de fichiers. Son propriétaire le peut : par une règle (mesh-agent rules) ou par receive dans agent.toml.',
    stalled:
      'Plus rien n’a bougé pendant trop longtemps. Vérifiez le disque du destinataire et le réseau ; ce qui est arrivé est gardé.',
    get_refused:
      'L’autre machine ne laisse rien prendre à cet endroit. Autorisez le dossier sur cette machine : mesh-agent rules add --from CET_APPAREIL --allow-get DOSSIER.',
    address_invalid:
      'Ceci n’est pas une adresse. Écrivez IP:PORT, avec [ ] autour d’une adresse IPv6.',
    server_error: 'Le serveur n’a pas répondu correctement. Consultez son journal et réessayez.',
    not_logged_in: 'Cette machine n’est pas connectée à un compte. Lancez mesh-agent login.',
    daemon_not_running:
      'Aucun mesh-agent ne tourne en arrière-plan. Démarrez-le avec mesh-agent run.',
    io: 'Un appel système a échoué. Le journal de l’agent nomme l’appel ; MESH_LOG=debug en dit plus.',
    internal: 'Une erreur interne à Mesh est survenue. Signalez-la avec le journal de ce moment.',
    other: 'La machine répond : {{code}}.',
  },
};
