/** The French words about what goes straight from this page to a machine. */
export const straight = {
  send: 'Envoyer des fichiers',
  sendTo: 'Envoyer des fichiers à {{name}}',
  sendFolder: 'Envoyer un dossier',
  sendFolderTo: 'Envoyer un dossier à {{name}}',
  drop: 'Déposez des fichiers ou des dossiers ici pour les envoyer à {{name}}',
  get: 'Récupérer un fichier',
  getFrom: 'Récupérer un fichier de {{name}}',
  pathLabel: 'Chemin sur la machine',
  pathHint: 'Par exemple /home/ana/rapport.pdf',
  pathWrong: 'Le chemin d’un fichier commence par / et ne finit pas par /.',
  allow: 'Sur {{name}}, un dossier doit d’abord être ouvert à ce navigateur :',
  allowLabel: 'Commande pour la machine',
  offers: 'Pour ce navigateur',
  offeredBy: 'proposé par {{machine}}',
  save: 'Enregistrer',
  saveOf: 'Enregistrer {{name}}',
  saveAs: 'Enregistrer sous…',
  saveAsOf: 'Enregistrer sous… : {{name}}',
  taken: { done: 'Enregistré', failed: 'Pas enregistré' },
  offline: '{{name}} n’est pas connectée',
  check: 'Vérifier la connexion directe à {{name}}',
  label: 'Fichiers de cette page vers {{name}}',
  path: { direct: 'direct', relayed: 'relayé' },
  pathTime: { direct: 'direct · {{time}} ms', relayed: 'relayé · {{time}} ms' },
  checking: 'Connexion à {{name}}…',
  asksYou:
    'Votre navigateur demande peut-être si cette page peut atteindre votre réseau. Autorisez-le pour continuer.',
  checked: 'Connexion directe à {{address}}. Aller-retour : {{time}} ms.',
  checkedRelayed:
    'Pas de chemin direct : par le serveur, qui ne peut pas lire. Aller-retour : {{time}} ms.',
  trust: 'Accepter la nouvelle clé',
  relayed:
    'Ce navigateur ne peut pas joindre une machine lui-même (WebTransport manque) : fichiers et terminaux passent par le serveur, qui ne peut pas les lire. Un Chrome, Edge, Firefox ou Safari à jour va tout droit, et plus vite.',
  unsupported:
    'Ce navigateur ne garde pas de clé à lui (IndexedDB manque) et ne peut donc joindre aucune machine. Prenez un Chrome, Edge, Firefox ou Safari à jour, ou mesh-agent.',
  insecure:
    'Cette page est venue sans chiffrement : le navigateur ne la laisse pas joindre une machine. Ouvrez-la en https, ou sur localhost.',
  leave: 'Gardez cette page ouverte jusqu’à la fin.',
  state: {
    queued: 'En file d’attente',
    connecting: 'Connexion',
    permission: 'Attend votre navigateur',
    waiting: 'Attend la réponse de la machine',
    comparing: 'Examine ce qui est déjà là',
    running: 'En cours',
    paused: 'En pause',
    retrying: 'Nouvel essai {{when}}',
    done: 'Arrivé',
    failed: 'Pas envoyé',
  },
  wish: {
    pause: 'Pause',
    resume: 'Reprendre',
    cancel: 'Annuler',
    retry: 'Réessayer',
    dismiss: 'Masquer',
  },
  wishOf: {
    pause: 'Mettre {{name}} en pause',
    resume: 'Reprendre {{name}}',
    cancel: 'Annuler {{name}}',
    retry: 'Réessayer {{name}}',
    dismiss: 'Masquer {{name}}',
  },
  verified: 'BLAKE3 est le même des deux côtés',
  why: {
    no_direct:
      'Cette machine ne laisse pas entrer les navigateurs. Mettez-y mesh-agent à jour et relancez-le.',
    no_webtransport:
      'Ce navigateur ne peut pas joindre une machine lui-même (WebTransport manque), et le serveur ne transmet rien. Prenez un Chrome, Edge, Firefox ou Safari à jour, ou mesh-agent.',
    permission_denied:
      'Le navigateur ne laisse pas cette page atteindre votre réseau. Autorisez « réseau local » pour cette page dans les réglages du navigateur, puis réessayez.',
    unreachable:
      'La machine n’est pas joignable d’ici. Il faut un même réseau ou VPN, et le port UDP de mesh-agent ouvert ; un proxy ou une règle de votre organisation peut aussi bloquer.',
    unsigned:
      'Personne ne répond du certificat de cette machine. Relancez-y mesh-agent ; si cela reste, le serveur dit quelque chose de faux.',
    key_changed:
      'Cette machine a une autre clé que la dernière fois. Si vous l’avez réinstallée, acceptez la nouvelle clé. Sinon quelqu’un s’est peut-être mis entre vous : comparez l’empreinte avec mesh-agent devices sur la machine.',
    relay_tampered:
      'Entre ici et la machine, quelqu’un a changé ce qui était envoyé. Rien n’a été repris. Adressez-vous à qui tient le serveur, ou passez par un réseau où la page atteint la machine.',
    bad_answer:
      'La machine dit quelque chose que cette page ne comprend pas. Rechargez la page et mettez mesh-agent à jour.',
    initiator_device_required:
      'Ce navigateur n’a pas encore de clé à lui. Déconnectez-vous et reconnectez-vous.',
  },
  /** Of what comes into this browser. */
  whyTaken: {
    no_download:
      'Le navigateur n’a pas commencé le téléchargement. Une fenêtre privée peut l’interdire : prenez une fenêtre ordinaire, ou « Enregistrer sous… ».',
    get_refused:
      'La machine ne donne rien à ce navigateur à ce chemin, ou ne le propose plus. Ouvrez-y le dossier avec la commande que montre « Récupérer un fichier ».',
    disk_full: 'Il n’y a plus de place ici. Faites-en, puis réessayez.',
    write_failed:
      'Le navigateur n’a pas pu écrire le fichier. Choisissez un autre endroit, puis réessayez.',
    file_changed:
      'Le fichier a changé sur sa machine pendant l’envoi. Recommencez : ce qui est arrivé ne sert plus.',
    stalled:
      'Rien n’a bougé depuis trop longtemps. Cela reprendra seul quand la machine répondra de nouveau.',
  },
};
