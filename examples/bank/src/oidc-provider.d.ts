// The package's own entry prints a warning on every Node that is not a long-term one; the class behind it does not.
declare module 'oidc-provider/lib/provider.js' {
  export { default as Provider } from 'oidc-provider'
}
