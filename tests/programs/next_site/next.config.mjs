// The modules lie elsewhere.
export default { turbopack: { root: "/" } }
