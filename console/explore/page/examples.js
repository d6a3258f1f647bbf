// The tabs that are open at first: one question each, with nothing to fill in but an id.
const withProgram = JSON.stringify({ program: 'program_…' }, null, 2);

export const examples = [
  {
    query: `# Who is asking, and the programs to ask about. Sign in above first.
# Ctrl-Enter runs it; Ctrl-Space suggests.
query Start {
  viewer { user { name } scopes merchant { slug name } partner { id name } }
  programs(first: 10) {
    nodes { id slug name currencyCode }
  }
}
`,
  },
  {
    query: `# The latest conversions of a program, and what was decided about them.
query Conversions($program: ID!, $before: String) {
  node(id: $program) {
    ... on Program {
      conversions(last: 10, before: $before) {
        nodes {
          id
          externalId
          occurredAt
          state
          amount { amount currencyCode }
          attribution { method enrollment { code partner { name } } }
        }
        pageInfo { hasPreviousPage startCursor }
      }
    }
  }
}
`,
    variables: withProgram,
  },
  {
    query: `# The payouts of a program's latest batch, each with its reason.
query Payouts($program: ID!) {
  node(id: $program) {
    ... on Program {
      payoutBatches(last: 1) {
        nodes {
          id
          state
          total { amount currencyCode }
          payouts(first: 20) {
            nodes { state sentence amount { amount currencyCode } enrollment { partner { name } } }
          }
        }
      }
    }
  }
}
`,
    variables: withProgram,
  },
  {
    query: `# What the calling partner earned, line by line.
query Earnings {
  myEnrollments(first: 5) {
    nodes {
      code
      status
      program { name }
      commissions(last: 10) {
        nodes { kind level amount { amount currencyCode } maturesAt }
      }
    }
  }
}
`,
  },
];
