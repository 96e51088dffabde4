// Package refs keeps what the values that travel between instances refer to:
// functions, objects and streams that stay in the instance that exported them, and
// stubs and classes, which lead to no instance in particular.
//
// Each instance has a [Table]: the handles that it was given, and the exports of it
// that others hold. What is in no table but in a message is a [Cap]; it keeps an
// export held as a handle does, so that none is forgotten on its way. The instance
// may be hostile: what it names is looked up and never believed, and what a table
// may keep is bounded. See docs/projects.md, References.
package refs
