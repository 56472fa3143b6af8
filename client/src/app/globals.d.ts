/** The client's version, from package.json. */
declare const __MESH_VERSION__: string;
