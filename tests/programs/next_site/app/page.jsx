// A Next.js application that shows who is there.
import { auth, signOut } from "../auth"

export default async function Page() {
  const session = await auth()
  const leave = async () => {
    "use server"
    await signOut()
  }
  return (
    <main>
      <p>{session ? `name: ${session.user.name} email: ${session.user.email}` : "nobody"}</p>
      <form action={leave}><button>Sign out</button></form>
    </main>
  )
}
